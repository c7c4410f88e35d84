import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { isDigest } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { loadPayload } from '../info/load.ts';
import { parseImageStream } from '../stream/parse.ts';
import { facts, tag } from '../testing/facts.ts';
import { configMap, file, INCLUDED, imageStream, pushImage, temporaryRegistry } from '../testing/images.ts';
import { annotated, assertPlaced, object, one } from '../testing/rules.ts';
import { shared } from '../testing/shared.ts';
import { lintFacts } from './lint.ts';
import { applyPolicy, parseLintPolicy } from './policy.ts';
import { formatLint } from './report/format.ts';
import { lintReport, unreadReport } from './report/report.ts';
import { LINT_RULES } from './rules/index.ts';
import { factsInView } from './views.ts';

interface SarifResult {
  readonly ruleId: string;
  readonly locations: readonly [
    {
      readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      readonly logicalLocations: readonly [{ readonly fullyQualifiedName: string }];
    },
  ];
}

const IDS = new Set(LINT_RULES.map(({ id }) => id));
/** What the payload format specification lists in § 4.4. */
const SPECIFIED = [
  ...Array.from({ length: 12 }, (_, index) => `P${String(index + 1).padStart(3, '0')}`),
  ...Array.from({ length: 7 }, (_, index) => `I10${index + 1}`),
  ...Array.from({ length: 18 }, (_, index) => `M2${String(index + 1).padStart(2, '0')}`),
  ...Array.from({ length: 5 }, (_, index) => `T30${index + 1}`),
  ...Array.from({ length: 5 }, (_, index) => `D40${index + 1}`),
];

async function badReport() {
  const judged = await facts({ ...one('a: b: c', '0000_50_a_1.yaml'), tags: [tag('stream-coreos')] });
  return lintReport(judged, lintFacts(judged));
}

/** What it does not: entries that are no files. */
const OWN = ['P013', 'I108'];

it('every rule of the specification is there once, in its order, and those of our own', () => {
  const ids = LINT_RULES.map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => !OWN.includes(id)),
    SPECIFIED,
  );
  assert.deepEqual(
    OWN.map((id) => ids[ids.indexOf(id) - 1]),
    ['P012', 'I107'],
  );
});

it('text: worst first, with the place, and what it comes to', async () => {
  const text = formatLint('text', await badReport(), LINT_RULES, '1');
  assert.match(text, /^error {3}I105 /m);
  assert.match(text, /^error {3}M201 0000_50_a_1\.yaml:1: The file is refused: /m);
  assert.match(text, /: \d+ errors?, \d+ warnings?, \d+ notes?\nobjects applied: 0 with feature set Default, 0 with/);
});

it('text: names in a payload write no lines of their own, and no colours', async () => {
  const forged = '0000_50_a_1.yaml\nerror   T301 all is well\u001b[2K.yaml';
  const judged = await facts({ files: { [forged]: 'a: b: c' } });
  const text = formatLint('text', lintReport(judged, lintFacts(judged)), LINT_RULES, '1');
  assert.match(text, /^error {3}M201 0000_50_a_1\.yaml\\u000aerror {3}T301 all is well\\u001b\[2K\.yaml:1: /m);
  assert.doesNotMatch(text, /^error {3}T301 all/m);
  assert.ok(!text.includes('\u001b'));
});

it('SARIF and JUnit say the same', async () => {
  const report = await badReport();
  const sarif = JSON.parse(formatLint('sarif', report, LINT_RULES, '1'));
  const [{ results, tool }] = sarif.runs;
  assert.equal(results.length, report.findings.length);
  const refused = results.find((result: { ruleId: string }) => result.ruleId === 'M201');
  assert.equal(tool.driver.rules[refused.ruleIndex].id, 'M201');
  assert.deepEqual(refused.locations[0].physicalLocation, {
    artifactLocation: { uri: 'release-manifests/0000_50_a_1.yaml' },
    region: { startLine: 1 },
  });
  const xml = formatLint('junit', report, LINT_RULES, '1');
  assert.equal(XMLValidator.validate(xml), true);
  const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml);
  const cases: { '@_name': string; failure?: unknown; skipped?: unknown }[] = testsuites.testsuite.testcase;
  assert.equal(cases.length, LINT_RULES.length);
  // Nothing was compared: these did not pass.
  assert.deepEqual(
    cases.filter(({ skipped }) => skipped !== undefined).map(({ '@_name': name }) => name.slice(0, 4)),
    ['T305', 'D401', 'D402', 'D403', 'D404', 'D405'],
  );
  assert.equal(testsuites.testsuite['@_skipped'], '6');
  const update = { ...(await badReport()), from: '4.20.0-okd-scos.3' };
  assert.doesNotMatch(formatLint('junit', update, LINT_RULES, '1'), /<skipped/);
  assert.equal(cases.filter(({ failure }) => failure !== undefined).length, Number(testsuites['@_failures']));
  assert.ok(cases.some(({ '@_name': name, failure }) => name.startsWith('M201') && failure !== undefined));
});

it('SARIF has a file of the payload and a line for what is of no file, of another image and about waivers', async () => {
  const old = await facts({ files: { '0000_50_a#b_1.yaml': configMap('gone') } });
  const edge = { from: { ...old.payload, pullSpec: 'quay.io/okd/old@sha256:0' }, files: old.files, trust: [] };
  const judged = await facts({ labels: {}, facts: { edge } });
  const waiver = (expires: string) => ({ rule: 'M201', reason: 'known', owner: 'me', expires });
  const waivers = [waiver('2020-01-01'), waiver('2099-01-01')];
  const report = lintReport(judged, lintFacts(judged), { severities: {}, waivers });
  const placeless = report.findings.filter(({ place }) => place.file === undefined).map(({ rule }) => rule);
  assert.deepEqual(placeless, ['P002', 'P003', 'T301', 'T305', 'W001', 'W002']);
  assertPlaced(report, ...LINT_RULES);
  const [{ results }] = JSON.parse(formatLint('sarif', report, LINT_RULES, '1')).runs;
  const files = new Map<string, readonly string[]>(
    results.map(({ ruleId, locations: [{ physicalLocation, logicalLocations }] }: SarifResult) => [
      ruleId,
      [physicalLocation.artifactLocation.uri, logicalLocations[0].fullyQualifiedName],
    ]),
  );
  assert.deepEqual(files.get('P002'), ['release-manifests/release-metadata', 'io.openshift.release']);
  assert.deepEqual(files.get('P003')?.[0], 'release-manifests/image-references');
  // The release has no such file: the one before is named.
  const gone = 'quay.io/okd/old@sha256:0: release-manifests/0000_50_a#b_1.yaml:1';
  assert.deepEqual(files.get('D401'), ['release-manifests/release-metadata', gone]);
  assert.match(
    formatLint('text', report, LINT_RULES, '1'),
    new RegExp(`^warning D401 ${gone}: ConfigMap "test/gone"`, 'm'),
  );
});

it('names the line of the field, of hidden objects none', async () => {
  const key = '-----BEGIN PRIVATE KEY-----';
  const hidden = configMap('hidden', key).replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/feature-set: OKD`);
  const lines = [
    '---',
    'apiVersion: apps/v1',
    'kind: Deployment',
    `metadata: {name: a, namespace: test, annotations: {${INCLUDED}}}`,
    'spec:',
    '  replicas: two',
    '  selector: {matchLabels: {a: b}}',
    '  template:',
    '    spec:',
    '      containers:',
    '      - name: main',
    '        image: quay.io/x/y:1',
    `        env: [{name: KEY, value: "${key}"}]`,
    '        args:',
    '        - --image=quay.io/x/y:1,',
    '---',
    'apiVersion: config.openshift.io/v1',
    'kind: ClusterOperator',
    `metadata: {name: a, annotations: {${INCLUDED}}}`,
    'spec: {}',
    'status:',
    '  relatedObjects: []',
    '  versions:',
    '  - {name: operator, version: "1"}',
    '---',
    'apiVersion: batch/v1',
    'kind: Job',
    `metadata: {name: a, namespace: test, annotations: {${INCLUDED}}}`,
    'spec:',
    '  selector: {}',
    '  template: {spec: {containers: [{name: a}]}}',
    '',
  ].join('\n');
  const judged = await facts({ files: { '0000_50_a_1.yaml': `${hidden}${lines}` } });
  const above = hidden.split('\n').length - 1;
  const found = lintFacts(factsInView(judged, { featureSet: 'Default' }))
    .filter(({ rule }) => rule.startsWith('M'))
    .map(({ rule, place }) => `${rule} ${(place.line ?? 0) - above} ${place.field}`);
  const container = 'spec.template.spec.containers[0]';
  assert.deepEqual(found, [
    'M209 6 spec.replicas',
    'M210 30 spec.selector',
    'M210 26 undefined',
    `M212 12 ${container}.image`,
    `M212 15 ${container}.args[0]`,
    `M213 15 ${container}.args[0]`,
    'M214 8 spec.template',
    'M214 8 spec.template',
    'M215 23 status.versions',
    'M215 22 status.relatedObjects',
    `M216 13 ${container}.env[0].value`,
  ]);
});

describe('an image that is no release, or a damaged one', () => {
  const references = imageStream({});
  const metadata = { kind: 'cincinnati-metadata-v0', version: '4.21.0-okd-scos.0' };
  for (const [what, texts, rule, place] of [
    ['an image without image-references', {}, 'P001', {}],
    ['no release-metadata', { 'image-references': references }, 'P001', {}],
    [
      'release-metadata of no kind',
      { 'image-references': references, 'release-metadata': '{"version": "4.21.0"}' },
      'P001',
      { file: 'release-metadata' },
    ],
    [
      'a version that is none',
      { 'image-references': references, 'release-metadata': JSON.stringify({ ...metadata, version: 'none' }) },
      'P002',
      { file: 'release-metadata', field: 'version' },
    ],
    [
      'image-references of another kind',
      { 'image-references': '{"kind": "List"}', 'release-metadata': JSON.stringify(metadata) },
      'P001',
      { file: 'image-references' },
    ],
    [
      'image-references that do not parse',
      { 'image-references': '{"kind"\n: [', 'release-metadata': JSON.stringify(metadata) },
      'P001',
      { file: 'image-references', line: 2 },
    ],
  ] as const)
    it(`is a finding of ${rule} in every format: ${what}`, async (t) => {
      const repository = (await temporaryRegistry(t)).repository('okd/release');
      const layer = Object.entries(texts).map(([name, text]) => file(`release-manifests/${name}`, text));
      const digest = await pushImage(repository, { layers: [[file('etc/os-release', ''), ...layer]] });
      const error = await loadPayload(repository, digest).catch((cause: unknown) => cause);
      const report = unreadReport('okd/release:a', error);
      assert.ok(report !== undefined, String(error));
      const [found, ...others] = report.findings;
      assert.deepEqual([found?.rule, found?.severity, others, report.counts.error], [rule, 'error', [], 1]);
      const { image: _, field, ...where } = found?.place ?? {};
      assert.deepEqual({ ...where, ...(field === 'version' ? { field } : {}) }, place);
      assertPlaced(report, ...LINT_RULES);
      assert.match(
        formatLint('text', report, LINT_RULES, '1'),
        new RegExp(`^error   ${rule} .*\nokd/release:a: 1 error, 0 warnings, 0 notes\nnothing else was judged: .*\n$`),
      );
      const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(
        formatLint('junit', report, LINT_RULES, '1'),
      );
      // Nothing else was judged: nothing else has passed.
      assert.deepEqual(
        [testsuites['@_failures'], testsuites.testsuite['@_skipped']],
        ['1', String(LINT_RULES.length - 1)],
      );
      assert.equal(JSON.parse(formatLint('json', report, LINT_RULES, '1')).unread, true);
    });

  it('is an error still where the registry is at fault', () => {
    assert.equal(unreadReport('a', new SlipwayError('OCI_MANIFEST_UNKNOWN', 'there is none.')), undefined);
    assert.equal(unreadReport('a', new TypeError('a defect')), undefined);
  });
});

it('waivers: by rule, place and message, until a day', async () => {
  const finding = {
    rule: 'M211',
    severity: 'error' as const,
    message: '"x:latest" is a tag that moves.',
    place: { file: '0000_50_a_1.yaml', line: 3 },
  };
  const policy = (text: string) => parseLintPolicy(Buffer.from(text), 'policy.yaml', IDS);
  const waived = (match: string, at = '2026-11-30T12:00:00Z') =>
    applyPolicy(
      [finding],
      policy(`waivers:\n- {rule: M211, ${match}reason: known, owner: me, expires: 2026-11-30}\n`),
      new Date(at),
    ).map(({ rule, waiver }) => [rule, waiver?.owner]);
  assert.deepEqual(waived(''), [['M211', 'me']]);
  for (const [text, line] of [
    ['# ours\nseverities:\n  M214: ignore\n  M214: error\n', 4],
    ['severities: {M214: ignore}\nwaivers: []\nseverities: {}\n', 3],
    ['{"severities": {"M214": "ignore", "M214": "error"}}', 1],
  ] as const)
    assert.throws(() => policy(text), {
      code: 'PAYLOAD_LINT_POLICY_INVALID',
      message: /^"?(?:M214|severities)"? stands there twice: only the last would count\.$/,
      place: { file: 'policy.yaml', line },
    });
  const long = `severities: {M214: ignore, M214: error}\nwaivers: [\n${'\n'.repeat(200_000)}]\n`;
  assert.throws(() => policy(long), {
    code: 'PAYLOAD_LINT_POLICY_INVALID',
    message: /^keys that stand there twice can not be looked for: it has more than 160000 texts, marks and lines/,
  });
  assert.throws(() => parseLintPolicy(Buffer.from('# \nx: \xff\n', 'latin1'), 'policy.yaml', IDS), {
    code: 'PAYLOAD_YAML_INVALID',
    message: /line 2: it is no UTF-8/,
    place: { file: 'policy.yaml', line: 2 },
  });
  assert.deepEqual(waived('place: "0000_50_*:3", '), [['M211', 'me']]);
  assert.deepEqual(waived('message: "*latest*moves.", '), [['M211', 'me']]);
  assert.deepEqual(waived('place: 0000_50_a_1.yaml, '), [
    ['M211', undefined],
    ['W002', undefined],
  ]);
  assert.deepEqual(waived('message: "*moves*moves.", '), [
    ['M211', undefined],
    ['W002', undefined],
  ]);
  assert.deepEqual(waived('', '2026-12-01T00:00:00Z'), [
    ['M211', undefined],
    ['W001', undefined],
  ]);
  const severities = policy('severities: {M211: ignore, M201: info}\n');
  assert.deepEqual(
    applyPolicy([finding, { ...finding, rule: 'M201' }], severities, new Date()).map(({ severity }) => severity),
    ['info'],
  );
  for (const text of [
    'severities: {M299: ignore}',
    'severities: {M211: high}',
    'waivers: [{rule: M211, reason: known, owner: me}]',
    'waivers: [{rule: M299, reason: known, owner: me, expires: 2026-11-30}]',
    'waivers: [{rule: M211, reason: known, owner: me, expires: 2026-13-41}]',
    'waivers: [{rule: M211, reason: known, owner: me, expires: 2027-02-30}]',
    'other: 1',
    'severities: {M211: info}\n---\nseverities: {M212: info}\n',
  ])
    assert.throws(() => policy(text), { code: 'PAYLOAD_LINT_POLICY_INVALID' }, text);
  assert.throws(() => policy('other: 1'), { message: /there is no field "other"/ });
  assert.throws(() => policy('severities: {M211: high}'), { message: /must be one of error, warning, info, ignore/ });
  assert.deepEqual(policy('severities: {M211: info}\n---\n').severities, { M211: 'info' });
});

it('a view judges what such a cluster gets, and both feature sets are counted', async () => {
  const okdOnly = configMap('okd', 'quay.io/x/y:latest').replace(
    INCLUDED,
    `${INCLUDED}\n    release.openshift.io/feature-set: OKD`,
  );
  const all = await facts({ files: { '0000_50_a_1.yaml': `${configMap('both')}---\n${okdOnly}` } });
  const rules = LINT_RULES.filter(({ id }) => id === 'M212');
  const findings = (featureSet: string) => lintFacts(factsInView(all, { featureSet }), rules).length;
  assert.deepEqual([findings('OKD'), findings('Default')], [1, 0]);
  assert.deepEqual(lintReport(all, []).views, [
    { featureSet: 'Default', manifests: 1 },
    { featureSet: 'OKD', manifests: 2 },
  ]);
});

describe('what a view leaves out', () => {
  const okd = (name: string, more = '') =>
    configMap(name).replace(INCLUDED, `${INCLUDED}\n    release.openshift.io/feature-set: OKD${more}`);
  const lintIn = async (featureSet: string, files: Readonly<Record<string, string>>) =>
    lintFacts(factsInView(await facts({ files }), { featureSet })).filter(({ rule }) => rule.startsWith('M'));

  it('is not said to be missing, nor judged', async () => {
    const files = {
      '0000_50_a_1.yaml': okd('none'),
      // Its name would hold up the others, if it were applied.
      '0000_x.yaml': okd('unnamed'),
      '0000_50_b_1.yaml': `${configMap('b1')}---\n${okd('key').replace(/value: .*/, 'value: "{{.ReleaseImage}} -----BEGIN PRIVATE KEY-----"')}`,
    };
    assert.deepEqual(await lintIn('Default', files), []);
    assert.deepEqual(
      (await lintIn('OKD', files)).map(({ rule }) => rule),
      ['M207', 'M211', 'M216'],
    );
    const broken = await lintIn('Default', {
      ...files,
      '0000_50_c_1.yaml': '# nothing',
      '0000_50_d_1.yaml': 'a: b: c',
    });
    assert.deepEqual(
      broken.map(({ rule, place }) => [rule, place.file]),
      [
        ['M201', '0000_50_c_1.yaml'],
        ['M201', '0000_50_d_1.yaml'],
      ],
    );
  });

  it('still says which feature gates there are', async () => {
    const gates = object(
      'FeatureGate',
      'config.openshift.io/v1',
      'status: {featureGates: [{enabled: [{name: Known}]}]}\n',
      [
        'include.release.openshift.io/self-managed-high-availability: "false-except-for-the-config-operator"',
        'release.openshift.io/feature-set: Default',
      ],
    );
    const gated = (gate: string) => ({
      '0000_50_a_1.yaml': gates,
      '0000_50_b_1.yaml': annotated(INCLUDED, `release.openshift.io/feature-gate: "${gate}"`),
    });
    assert.deepEqual(await lintIn('Default', gated('Known')), []);
    assert.deepEqual(
      (await lintIn('Default', gated('-Unknown'))).map(({ rule }) => rule),
      ['M204'],
    );
  });

  it('is left out of the release before as well', async () => {
    const files = {
      '0000_50_a_1.yaml': configMap('both'),
      '0000_50_b_1.yaml': okd('okd'),
      '0000_50_c_1.yaml': okd('gone', '\n    release.openshift.io/delete: "true"'),
    };
    const changes = async (featureSet: string, now: Readonly<Record<string, string>>) => {
      const old = await facts({ files });
      const edge = { from: old.payload, files: old.files, trust: old.trust };
      return lintFacts(factsInView(await facts({ files: now, facts: { edge } }), { featureSet }))
        .filter(({ rule }) => rule.startsWith('D'))
        .map(({ rule }) => rule);
    };
    assert.deepEqual([await changes('Default', files), await changes('OKD', files)], [[], []]);
    const less = { '0000_50_a_1.yaml': configMap('both') };
    assert.deepEqual([await changes('Default', less), await changes('OKD', less)], [[], ['D401', 'D402']]);
  });

  it('does not verify the next release', async () => {
    const keys = configMap('keys').replace(
      INCLUDED,
      'include.release.openshift.io/hypershift: "true"\n    release.openshift.io/verification-config-map: ""',
    );
    const all = await facts({ files: { '0000_90_a_1.yaml': keys } });
    const rules = LINT_RULES.filter(({ id }) => id === 'T301');
    assert.deepEqual(
      [all, factsInView(all, { profile: 'hypershift' }), factsInView(all, {})].map(
        (some) => lintFacts(some, rules).length,
      ),
      [1, 0, 1],
    );
  });
});

it('real lists of 140 and 146 components are judged', async (t) => {
  const folder = shared(t, 'image-references/');
  if (folder === undefined) return;
  for (const [name, count, passing] of [
    ['ocp-4.8-image-references.json', 140, ['140 of 140 components are in registry.ci.openshift.org']],
    ['ocp-4.10-image-references.json', 146, []],
  ] as const) {
    const stream = parseImageStream(readFileSync(`${folder}${name}`), name);
    assert.equal(stream.tags.length, count);
    const images = stream.tags.flatMap(({ name: component, from }) => {
      const [repository = '', digest = ''] = from?.name.split('@') ?? [];
      return isDigest(digest) ? [{ name: component, pullSpec: `${repository}@${digest}`, digest }] : [];
    });
    const judged = await facts({
      stream,
      tags: stream.tags,
      metadata: { version: stream.name },
      payload: { images },
    });
    const findings = lintFacts(judged);
    const of = (rule: string) => findings.filter((finding) => finding.rule === rule);
    assert.deepEqual([of('P006'), of('P008')], [[], []]);
    assert.deepEqual(
      of('P007').map(({ message }) => message.split(',')[0]),
      passing,
    );
    assert.deepEqual(
      of('I106').flatMap(({ severity, place }) =>
        severity === 'error' && place.image !== undefined ? [place.image] : [],
      ),
      ['machine-os-content'],
    );
  }
});
