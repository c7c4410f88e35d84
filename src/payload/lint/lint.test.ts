import assert from 'node:assert/strict';
import { it } from 'node:test';
import { facts, tag } from '../testing/facts.ts';
import { one } from '../testing/rules.ts';
import { formatLint, LINT_RULES, lintFacts } from './lint.ts';

it('rules have ids of their own, in order of subject', () => {
  const ids = LINT_RULES.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal([...new Set(ids.map((id) => id.charAt(0)))].join(''), 'PIMT');
});

it('findings are printed worst first, with their place', async () => {
  const change = { ...one('a: b: c', '0000_50_a_1.yaml'), tags: [tag('stream-coreos')] };
  const text = formatLint(lintFacts(await facts(change)), 'text');
  assert.match(text, /^error {3}I105 /m);
  assert.match(text, /^error {3}M201 0000_50_a_1\.yaml:1: The file is refused: /m);
  assert.match(text, /\d+ errors, \d+ warnings\n$/);
});
