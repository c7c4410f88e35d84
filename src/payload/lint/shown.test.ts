// Rules about trust and changes, which look at two releases or at keys: each by one thing that is wrong, in every form of a report.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { generateKey, updateKeysManifest } from '../../sign/index.ts';
import { AT, type FactsChange, facts } from '../testing/facts.ts';
import { configMap, INCLUDED } from '../testing/images.ts';
import { annotated, assertShown, deployment, object, one } from '../testing/rules.ts';
import { lintFacts } from './lint.ts';
import { lintReport } from './report/report.ts';
import { LINT_RULES } from './rules/index.ts';

const DOCS = new URL('../../../docs/commands/payload.md', import.meta.url);
const KEY = await generateKey({ name: 'OKD', email: 'okd@example.com', at: new Date('2026-01-01'), bits: 2048 });
const keys = (store: string) => updateKeysManifest({ name: 'test', publicKeys: [KEY.publicKey], store });
const TOMBSTONE = annotated(INCLUDED, 'release.openshift.io/delete: "true"');
const POLICY = object('ClusterImagePolicy', 'config.openshift.io/v1', 'spec: {scopes: [example.org/other]}\n');
const crd = (version: string) =>
  object(
    'CustomResourceDefinition',
    'apiextensions.k8s.io/v1',
    `spec: {versions: [{name: ${version}, storage: true, served: true}]}\n`,
  );

/** By rule: the release, and the one before where the rule looks at that. */
const CASES: Readonly<Record<string, readonly [now: FactsChange, before?: FactsChange]>> = {
  T301: [{}],
  T302: [one(keys('http://example.org/signatures'))],
  T303: [one(keys('https://storage.googleapis.com/openshift-release/official'))],
  T304: [one(POLICY)],
  T305: [{}, {}],
  D401: [one(configMap('b1')), one(configMap('a1'))],
  D402: [one(configMap('b1')), one(TOMBSTONE)],
  D403: [one(deployment('').replace('{a: b}', '{a: c}')), one(deployment(''))],
  D404: [one(crd('v1')), one(crd('v1alpha1'))],
  D405: [one(configMap('a1'), '0000_60_a_1.yaml'), one(configMap('a1'))],
};

describe('lint reports', () => {
  for (const rule of LINT_RULES.filter(({ id }) => /^[TD]/.test(id))) {
    it(`show ${rule.id} in text, JSON, SARIF and JUnit`, async () => {
      const [change, earlier] = CASES[rule.id] ?? [];
      assert.ok(change !== undefined, 'the rule has a case');
      const now = await facts(change);
      const before = earlier === undefined ? undefined : await facts(earlier);
      const edge = before === undefined ? {} : { edge: { from: before.payload, files: before.files, trust: [] } };
      const judged = { ...now, at: AT, ...edge };
      assertShown(lintReport(judged, lintFacts(judged, [rule])), rule);
    });
  }

  it('every rule stands in the documentation, by its title', () => {
    const text = readFileSync(DOCS, 'utf8');
    for (const { id, title } of LINT_RULES) assert.ok(text.includes(`| ${id} | ${title} |`), `${id}: ${title}`);
  });

  it('JSON in a ConfigMap that is nested deeper than any is read as text: its images are found, and nothing overflows', async () => {
    const deep = `${'['.repeat(100_000)}"quay.io/a/b:1"${']'.repeat(100_000)}`;
    const judged = await facts(one(configMap('a1').replace('value: "x"', `value: '${deep}'`)));
    const found = lintFacts(judged).filter(({ rule }) => rule === 'M212');
    assert.deepEqual(
      found.map(({ place, message }) => [place.field, /image "(.*?)", which/.exec(message)?.[1]]),
      [['data.value', 'quay.io/a/b:1']],
    );
    const shallow = `${'['.repeat(400)}"quay.io/a/b:1"${']'.repeat(400)}`;
    const read = await facts(one(configMap('a1').replace('value: "x"', `value: '${shallow}'`)));
    assert.match(
      lintFacts(read).find(({ rule }) => rule === 'M212')?.place.field ?? '',
      /^data\.value: (?:\[0\]){400}$/,
    );
  });
});
