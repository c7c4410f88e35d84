import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { currentTokens, parseTokens, renderTokens, tokensFile, usedTokens } from './tokens.ts';

const light = parseTokens(`
  --pf-t--white: #ffffff;
  --pf-t--gray: #151515;
  --pf-t--page: var(--pf-t--white);
  --pf-t--gap: 1rem;
  --pf-t--shadow--color: rgb(0, 0, 0, 0.1);
  --pf-t--shadow: 0px 1px var(--pf-t--gap) var(--pf-t--shadow--color);
`);
const dark = new Map([
  ...light,
  ...parseTokens(`
  --pf-t--page: var(--pf-t--gray);
  --pf-t--shadow--color: rgb(0, 0, 0, 0.5);
`),
]);
const lines = (names: string[]) => renderTokens(light, dark, names).split('\n');

test('the committed tokens.css is what the script makes of the installed PatternFly', () => {
  assert.equal(readFileSync(tokensFile, 'utf8'), currentTokens(), 'run: node scripts/tokens.ts');
});

test('a colour that differs between the themes becomes light-dark(), one that does not stays plain', () => {
  assert.ok(lines(['--pf-t--page']).includes('  --pf-t--page: light-dark(#ffffff, #151515);'));
  assert.ok(lines(['--pf-t--gray']).includes('  --pf-t--gray: #151515;'));
});

test('a shadow keeps its shape and takes both colours inside', () => {
  assert.ok(
    lines(['--pf-t--shadow']).includes(
      '  --pf-t--shadow: 0px 1px 1rem light-dark(rgb(0, 0, 0, 0.1), rgb(0, 0, 0, 0.5));',
    ),
  );
});

test('the output does not depend on order or repetition', () => {
  assert.deepEqual(lines(['--pf-t--page', '--pf-t--gap', '--pf-t--page']), lines(['--pf-t--gap', '--pf-t--page']));
});

test('a token that PatternFly does not have is an error that names it', () => {
  assert.throws(() => renderTokens(light, dark, ['--pf-t--nope']), /--pf-t--nope .*no such token/);
});

test('a size that differs between the themes is an error, for light-dark() takes colours only', () => {
  assert.throws(
    () => renderTokens(light, new Map([...light, ['--pf-t--gap', '2rem']]), ['--pf-t--gap']),
    /not a colour/,
  );
});

test('uses are found in style sheets and components', () => {
  assert.deepEqual(usedTokens('a { color: var(--pf-t--page); margin: 0 var(--pf-t--gap) }'), [
    '--pf-t--page',
    '--pf-t--gap',
  ]);
});
