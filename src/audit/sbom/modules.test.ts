import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { judge } from '../judge/judge.ts';
import type { AuditReport } from '../model/report.ts';
import { parseAuditReport } from '../model/report.ts';
import { onlyImage } from '../report/images.ts';
import { formatAuditReport } from '../report/index.ts';
import { parseCyclonedx, parseSpdx } from '../report/testing/documents.ts';
import { factsOf, rpmdbFiles, testKeys } from '../testing/audit.ts';
import { goProgram } from '../testing/elf.ts';
import { MemorySource, makeLayer } from '../testing/image.ts';
import { makePolicy } from '../testing/policy.ts';
import { AT, CONTEXT } from '../testing/report.ts';
import { SPDX_SCHEMA } from './testing/spdx-schema.ts';

const program = (...modules: readonly string[]): Buffer =>
  goProgram({
    version: 'go1.24.4',
    lines: ['path\tgithub.com/okd-project/Agent/cmd', 'mod\tgithub.com/okd-project/Agent\t(devel)\t', ...modules],
  });
const NET = 'dep\tgolang.org/x/net\tv0.30.0\th1:x=';
const YAML = 'dep\tsigs.k8s.io/yaml\tv1.4.0\th1:y=';

let report: AuditReport;

before(async () => {
  const { open, denied } = await testKeys();
  const ours = { vendor: 'Open Test Project', signer: open } as const;
  const os = { 'usr/lib/os-release': 'ID=testos\nVERSION_ID=9\n' };
  const base = makeLayer({
    ...(await rpmdbFiles([
      { name: 'bash', ...ours },
      { name: 'zlib', ...ours },
    ])),
    ...os,
  });
  const facts = await factsOf(new MemorySource(), {
    agent: [base, makeLayer({ 'usr/bin/agent': program(NET, YAML), 'usr/bin/old': program(NET) })],
    helper: [base, makeLayer({ 'usr/bin/helper': program(NET) }), makeLayer({ 'usr/bin/.wh.helper': '' })],
  });
  // As dnf's history of the lowest layer, which both images share, would tell of one of its packages.
  const bash = facts[0]?.layers[0]?.facts.rpmdbs[0]?.packages.find(({ name }) => name === 'bash');
  assert.ok(bash);
  const history = {
    path: 'var/lib/dnf/history.sqlite',
    format: 'dnf4' as const,
    transactions: [],
    packages: [
      {
        nevra: bash.nevra,
        name: bash.name,
        transaction: 1,
        repository: 'c9s-baseos',
        action: 'install',
        reason: 'user',
      },
    ],
  };
  const told = facts.map((image) => ({
    ...image,
    layers: image.layers.map((layer, index) =>
      index > 0 ? layer : { ...layer, facts: { ...layer.facts, dnfHistories: [history] } },
    ),
  }));
  const catalogue = { name: 'c9s-extra', digest: `sha256:${'1'.repeat(64)}`, url: null, revision: '1', size: 1 };
  const zlib = facts[0]?.layers[0]?.facts.rpmdbs[0]?.packages.find(({ name }) => name === 'zlib');
  report = judge(told, makePolicy(open, denied), {
    at: AT,
    catalogues: [{ ...catalogue, has: (header: string) => header === zlib?.header }],
  });
});

const json = (format: 'cyclonedx' | 'spdx', of: AuditReport, context = CONTEXT): unknown =>
  JSON.parse(formatAuditReport(of, format, context));

describe('SBOMs of programs and repositories', () => {
  it('are valid by the schemas, for a release and for one image', async () => {
    const [image] = report.images;
    assert.ok(image);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
    for (const [of, context] of [
      [report, CONTEXT],
      [onlyImage(report, image), {}],
    ] as const) {
      assert.equal(await validator.validate(formatAuditReport(of, 'cyclonedx', context)), null);
      assert.ok(ajv.validate(SPDX_SCHEMA, json('spdx', of, context)), JSON.stringify(ajv.errors));
    }
  });

  it('name each Go module once, with the images that depend on it, hidden programs included', () => {
    const bom = parseCyclonedx(json('cyclonedx', report));
    const purls = bom.components.flatMap(({ purl }) => purl ?? []).filter((purl) => purl.startsWith('pkg:golang/'));
    assert.deepEqual(purls, [
      'pkg:golang/github.com/okd-project/agent',
      'pkg:golang/golang.org/x/net@v0.30.0',
      'pkg:golang/sigs.k8s.io/yaml@v1.4.0',
    ]);
    const modulesOf = (image: string) =>
      bom.dependencies.find(({ ref }) => ref === `image-${image}`)?.dependsOn?.filter((ref) => ref.startsWith('go-'));
    assert.deepEqual(modulesOf('agent'), [
      'go-github.com-okd-project-Agent--devel-',
      'go-golang.org-x-net-v0.30.0',
      'go-sigs.k8s.io-yaml-v1.4.0',
    ]);
    assert.equal(modulesOf('helper')?.length, 2, 'what a layer hides is distributed');
    const { relationships } = parseSpdx(json('spdx', report));
    const net = relationships.filter(({ relatedSpdxElement }) => relatedSpdxElement.includes('golang.org-x-net'));
    assert.equal(net.length, 2);
  });

  it('say of one image which programs a module is linked into', () => {
    const image = report.images.find(({ name }) => name === 'agent');
    assert.ok(image);
    const bom = parseCyclonedx(json('cyclonedx', onlyImage(report, image), {}));
    const net = bom.components.find(({ purl }) => purl === 'pkg:golang/golang.org/x/net@v0.30.0');
    assert.deepEqual(net?.evidence?.occurrences, [
      { location: 'usr/bin/agent', additionalContext: 'layer 2 of 2, linked into a program of go1.24.4' },
      { location: 'usr/bin/old', additionalContext: 'layer 2 of 2, linked into a program of go1.24.4' },
    ]);
  });

  it('name the repository of a package as dnf or a catalogue tells it', () => {
    const bom = parseCyclonedx(json('cyclonedx', report));
    const purlOf = (name: string) => bom.components.find((component) => component.name === name)?.purl ?? '';
    assert.match(purlOf('bash'), /&repository_id=c9s-baseos&/);
    assert.match(purlOf('zlib'), /&repository_id=c9s-extra&/);
    const purls = JSON.stringify(json('spdx', report)).match(/repository_id=[a-z0-9-]+/g);
    assert.deepEqual(purls, ['repository_id=c9s-baseos', 'repository_id=c9s-extra']);
  });

  it('come as well of a report that names neither', () => {
    const { modules: _, ...older } = report;
    const before = parseAuditReport(
      {
        ...older,
        packages: older.packages.map(({ repository: __, ...rest }) => rest),
        images: older.images.map(({ programs: __, ...rest }) => rest),
      },
      {},
    );
    assert.equal(parseCyclonedx(json('cyclonedx', before)).components.length, 2 + 2);
  });
});
