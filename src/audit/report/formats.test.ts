import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { AuditReport, ReportImage } from '../model/report.ts';
import { SPDX_SCHEMA } from '../sbom/testing/spdx-schema.ts';
import { testKeys } from '../testing/audit.ts';
import { CONTEXT, PAYLOAD, sampleReport } from '../testing/report.ts';
import { onlyImage } from './images.ts';
import { formatAuditReport, REPORT_FORMATS, type ReportFormat } from './index.ts';
import { parseCyclonedx, parseJunit, parseSarif, parseSpdx } from './testing/documents.ts';
import { SARIF_SCHEMA } from './testing/sarif-schema.ts';

let report: AuditReport;
let web: ReportImage;

before(async () => {
  report = await sampleReport();
  const found = report.images.find(({ name }) => name === 'web');
  assert.ok(found);
  web = found;
});

const LOST = [
  {
    name: 'etcd (linux/arm64)',
    digest: `sha256:${'cd'.repeat(32)}`,
    pullSpec: null,
    code: 'OCI_MANIFEST_UNKNOWN',
    message: 'the registry has no <such> image.',
  },
  { name: 'gone', digest: null, pullSpec: 'registry.test:5000/okd/gone:1', code: 'OCI_UNREACHABLE', message: 'no.' },
] as const;

/** The report with two images that could not be read. */
const partial = (): AuditReport => ({ ...report, verdict: 'incomplete', unread: LOST });

/** The report of the release, of a set of images, of one image, and of a set of which some could not be read. */
const variants = (): [AuditReport, typeof CONTEXT][] => [
  [report, CONTEXT],
  [report, {}],
  [onlyImage(report, web), {}],
  [partial(), CONTEXT],
  [partial(), {}],
];

function valid(schema: object, document: unknown): void {
  const ajv = new Ajv2020({ allErrors: true, strictTypes: false });
  assert.ok(ajv.validate(schema, document), JSON.stringify(ajv.errors, undefined, 1));
}

const json = (format: ReportFormat, of: AuditReport = report, context = CONTEXT): unknown =>
  JSON.parse(formatAuditReport(of, format, context));

const named = <T extends { readonly name: string }>(list: readonly T[], name: string): T =>
  list.find((item) => item.name === name) ?? assert.fail(name);

const at = <T>(list: readonly T[], index: number): T => list.at(index) ?? assert.fail(`no item ${index}`);

describe('every form of a report', () => {
  it('gives the same bytes for the same report, and no clock stands in it', () => {
    for (const { id, format } of Object.values(REPORT_FORMATS)) {
      for (const [of, context] of variants()) {
        const text = format(of, context);
        assert.equal(format(structuredClone(of), { ...context }), text, id);
        assert.ok(text.endsWith('\n'), id);
        assert.doesNotMatch(text, new RegExp(`${new Date().toISOString().slice(0, 10)}T`), id);
      }
    }
  });

  it('names itself as the table does', () => {
    for (const [id, format] of Object.entries(REPORT_FORMATS)) assert.equal(format.id, id);
    const extensions = Object.values(REPORT_FORMATS).map(({ extension }) => extension);
    assert.equal(new Set(extensions).size, extensions.length);
  });
});

describe('CycloneDX 1.6', () => {
  it('is valid by the schema of its authors, for a release, a set and one image', async () => {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    for (const [of, context] of variants()) {
      assert.equal(await validator.validate(formatAuditReport(of, 'cyclonedx', context)), null);
    }
  });

  it('has the release, its images and every package once, with who carries what', () => {
    const bom = parseCyclonedx(json('cyclonedx'));
    assert.equal(bom.metadata.component.version, PAYLOAD.digest);
    assert.equal(bom.metadata.timestamp, '2026-06-02T08:30:00Z');
    assert.equal(bom.components.length, 4 + 6);
    const bash = named(bom.components, 'bash');
    const purl = 'pkg:rpm/testos/bash@1.0-1.el9?arch=x86_64&distro=testos-9&upstream=bash-1.0-1.el9.src.rpm';
    assert.equal(bash.purl, purl);
    assert.deepEqual(bash.licenses, [{ expression: 'GPL-3.0-or-later', acknowledgement: 'declared' }]);
    const image = named(bom.components, 'web');
    assert.match(image.purl ?? '', /^pkg:oci\/scos-content@sha256:[0-9a-f]{64}\?arch=amd64&repository_url=registry/);
    const ofRelease = bom.dependencies.find(({ ref }) => ref === 'release');
    assert.equal(ofRelease?.dependsOn?.length, 4);
    const ofWeb = bom.dependencies.find(({ ref }) => ref === image['bom-ref']);
    assert.equal(ofWeb?.dependsOn?.length, 5);
    const refs = bom.components.map((component) => component['bom-ref']);
    assert.ok(ofWeb?.dependsOn?.every((ref) => refs.includes(ref)));
  });

  it('says of one image where each package stands and what bears it out', async () => {
    const { denied } = await testKeys();
    const bom = parseCyclonedx(json('cyclonedx', onlyImage(report, web), {}));
    assert.equal(bom.metadata.component.name, 'web');
    const { evidence } = named(bom.components, 'openssl');
    assert.ok(evidence);
    assert.deepEqual(evidence.occurrences, [
      {
        location: 'var/lib/rpm/rpmdb.sqlite',
        additionalContext: 'layer 2 of 3, hidden by layer 3, still distributed',
      },
    ]);
    const { confidence, methods } = at(evidence.identity, 0);
    assert.equal(confidence, 0.9);
    assert.deepEqual(
      methods.map(({ technique }) => technique),
      ['manifest-analysis', 'attestation'],
    );
    assert.match(at(methods, 1).value, new RegExp(`header signature verified: .*${denied.keyId}`));
    const odd = named(bom.components, 'odd').evidence?.identity[0];
    assert.equal(odd?.confidence, 0.2);
    assert.equal(odd?.methods.length, 1);
  });

  it('declares rule by rule what was seen, with the report as evidence', () => {
    const { declarations, definitions, metadata } = parseCyclonedx(json('cyclonedx'));
    const claim = (rule: string) =>
      declarations.claims.find(({ 'bom-ref': ref }) => ref === `claim-${rule}`) ?? assert.fail(rule);
    assert.equal(claim('RPM-001').predicate, 'RPM-001, signed by a denied key: 0 open findings, 1 excepted or known.');
    assert.match(claim('RPM-004').predicate, /: 1 open findings, 0 excepted or known\.$/);
    assert.deepEqual(claim('RPM-004').counterEvidence, ['evidence-report']);
    assert.deepEqual(claim('RPM-003').evidence, ['evidence-report']);
    assert.equal(claim('RPM-003').target, metadata.component['bom-ref']);
    const { map } = at(declarations.attestations, 0);
    const requirements = at(definitions.standards, 0).requirements.map((each) => each['bom-ref']);
    assert.deepEqual(
      map.map(({ requirement }) => requirement),
      requirements,
    );
    const scores = new Map(map.map(({ requirement, conformance }) => [requirement, conformance.score]));
    assert.equal(scores.get('rule-RPM-004'), 0);
    assert.equal(scores.get('rule-RPM-003'), 1);
    // 11 of 12 packages at 0.9, one at 0.2
    assert.equal(at(map, 0).confidence.score, 0.842);
  });
});

describe('SPDX 2.3', () => {
  it('is valid by the tables of the specification, for a release, a set and one image', () => {
    for (const [of, context] of variants()) valid(SPDX_SCHEMA, json('spdx', of, context));
  });

  it('has every element that relationships name, and every licence reference that packages use', () => {
    for (const [of, context] of variants()) {
      const { packages, relationships, hasExtractedLicensingInfos } = parseSpdx(json('spdx', of, context));
      const ids = new Set(['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)]);
      assert.equal(ids.size, packages.length + 1);
      for (const { spdxElementId, relatedSpdxElement } of relationships) {
        assert.ok(ids.has(spdxElementId), spdxElementId);
        assert.ok(ids.has(relatedSpdxElement), relatedSpdxElement);
      }
      const known = hasExtractedLicensingInfos.map(({ licenseId }) => licenseId);
      const used = packages.flatMap(({ licenseDeclared }) => licenseDeclared.match(/LicenseRef-[\w.-]+/g) ?? []);
      assert.deepEqual([...new Set(used)].sort(), known);
    }
  });

  it('tells what images are built on, what they hold and where', () => {
    const { packages, relationships } = parseSpdx(json('spdx'));
    const id = (name: string): string => named(packages, name).SPDXID;
    const between = (from: string, to: string) =>
      relationships.filter((each) => each.spdxElementId === from && each.relatedSpdxElement === to);
    assert.equal(between('SPDXRef-DOCUMENT', 'SPDXRef-release')[0]?.relationshipType, 'DESCRIBES');
    assert.equal(between(id('web'), id('base-stream'))[0]?.relationshipType, 'DESCENDANT_OF');
    assert.deepEqual(between(id('base-stream'), id('base-stream')), []);
    assert.deepEqual(between(id('web'), id('openssl')), [
      {
        spdxElementId: id('web'),
        relationshipType: 'CONTAINS',
        relatedSpdxElement: id('openssl'),
        comment: 'var/lib/rpm/rpmdb.sqlite, layer 2 of 3, hidden by layer 3, still distributed',
      },
    ]);
    assert.equal(named(packages, 'zlib').licenseDeclared, 'Zlib AND BSL-1.0');
    assert.equal(named(packages, 'odd').licenseDeclared, 'LicenseRef-Commercial-see-file');
    assert.equal(named(packages, 'odd').supplier, 'Organization: A <"quoted"> & odd, vendor');
  });
});

describe('SARIF 2.1.0', () => {
  it('is valid by the tables of the specification', () => {
    for (const [of, context] of variants()) valid(SARIF_SCHEMA, json('sarif', of, context));
  });

  it('has one result a finding, followed by its key, and excepted ones suppressed with the reason', () => {
    const run = at(parseSarif(json('sarif')).runs, 0);
    assert.deepEqual(
      run.results.map(({ fingerprints }) => fingerprints['finding/v1']),
      report.findings.map(({ id }) => id),
    );
    const first = at(run.results, 0);
    assert.equal(first.level, 'error');
    assert.equal(run.tool.driver.rules[first.ruleIndex]?.id, first.ruleId);
    assert.match(first.message.text, /introduced in layer 2 of 3 .*; by RUN dnf install -y openssl odd.*\.$/);
    assert.deepEqual(first.suppressions, []);
    const { logicalLocations } = at(first.locations, 0);
    assert.deepEqual(
      logicalLocations.map(({ name, kind }) => `${kind} ${name}`),
      ['component web', 'layer layer 2 of 3'],
    );
    const excepted = at(run.results, -1);
    assert.deepEqual(excepted.suppressions, [
      {
        kind: 'external',
        status: 'accepted',
        justification: "known-driver: The driver's own build is not there yet. (@okd/node, until 2026-11-15)",
      },
    ]);
  });
});

describe('JUnit', () => {
  it('is XML with one test for each image and group of rules, failed by what the policy denies', () => {
    const text = formatAuditReport(report, 'junit', CONTEXT);
    assert.equal(XMLValidator.validate(text), true);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testsuite' || name === 'testcase',
    });
    const { testsuites } = parseJunit(parser.parse(text));
    const tests = testsuites.testsuite.flatMap((suite) => suite.testcase);
    const groups = new Set(tests.map(({ name }) => name.split(': ')[1]));
    for (const group of ['RPM', 'REPO', 'ENT', 'COV']) assert.ok(groups.has(group), group);
    assert.equal(tests.length, 4 * (groups.size - 1) + 1);
    assert.equal(Number(testsuites.tests), tests.length);
    const failed = tests.filter((each) => 'failure' in each);
    assert.deepEqual(
      failed.map(({ name }) => name),
      ['web: RPM'],
    );
    assert.equal(Number(testsuites.failures), 1);
    assert.match(failed[0]?.failure?.['#text'] ?? '', /vendor: A <"quoted"> & odd, vendor/);
    assert.match(named(tests, 'driver: RPM')['system-out'] ?? '', /^excepted\nRPM-001 kmod-driver/);
  });
});

describe('CSV', () => {
  it('has the columns of the check that it replaces', () => {
    const rows = formatAuditReport(report, 'csv', CONTEXT).split('\r\n');
    assert.equal(rows[0], 'TAG,SCOS,DETAIL,PULLSPEC');
    const row = rows.find((each) => each.startsWith('web,'));
    assert.equal(row, `web,No,Test OS 9; 2 denied: RPM-004 RPM-006,${web.pullSpec}`);
    assert.match(rows.find((each) => each.startsWith('branding,')) ?? '', /^branding,N\/A,no os-release,registry/);
  });

  it('says Yes for CentOS Stream, and guards marks that tables take for their own', () => {
    const images = [
      { ...web, name: '=1+1', os: { id: 'centos', name: 'CentOS "Stream"', versionId: '9' }, pullSpec: null },
      { ...web, name: 'scos', os: { id: 'scos', name: 'SCOS', versionId: '10' } },
      { ...web, name: 'none', os: null },
    ];
    const rows = formatAuditReport({ ...report, findings: [], images }, 'csv').split('\r\n');
    assert.equal(rows[1], `'=1+1,Yes,"CentOS ""Stream"" 9",'=1+1@${web.digest}`);
    assert.match(rows[2] ?? '', /^scos,Yes,SCOS 10,/);
    assert.match(rows[3] ?? '', /^none,No,no os-release,/);
  });
});

describe('images that could not be read', () => {
  it('stand in every form, by name, with the reason, and nowhere as judged', () => {
    for (const { id, format } of Object.values(REPORT_FORMATS)) {
      const text = format(partial(), CONTEXT);
      for (const { name, code } of LOST) {
        assert.ok(text.includes(name), `${id}: ${name}`);
        assert.ok(text.includes(code), `${id}: ${code}`);
      }
      assert.doesNotMatch(text, /Audit passed/, id);
      for (const { code } of LOST) assert.ok(!format(onlyImage(partial(), web), {}).includes(code), id);
    }
    const bom = parseCyclonedx(json('cyclonedx', partial()));
    assert.equal(bom.components.length, 4 + 2 + 6);
    assert.deepEqual(bom.compositions, [{ aggregate: 'incomplete', assemblies: ['release'] }]);
    assert.equal(parseCyclonedx(json('cyclonedx')).compositions, undefined);
    const run = at(parseSarif(json('sarif', partial())).runs, 0);
    assert.equal(run.invocations?.[0]?.executionSuccessful, false);
    assert.deepEqual(
      run.invocations[0].toolExecutionNotifications.map(({ message }) => message.text),
      LOST.map(({ name, message }) => `${name} was not judged: ${message}`),
    );
    assert.equal(at(parseSarif(json('sarif')).runs, 0).invocations, undefined);
    const xml = formatAuditReport(partial(), 'junit', CONTEXT);
    assert.equal(XMLValidator.validate(xml), true);
    assert.match(xml, /^<testsuites [^>]*errors="2">$/m);
    assert.match(xml, /<error type="OCI_MANIFEST_UNKNOWN" message="the registry has no &lt;such&gt; image\."/);
    assert.match(formatAuditReport(partial(), 'csv'), /^gone,Unknown,not judged: no\. \[OCI_UNREACHABLE\],registry/m);
    assert.equal(onlyImage(partial(), web).verdict, 'pass');
  });
});

describe('a report of one image', () => {
  it('has its packages and findings alone', () => {
    const only = onlyImage(report, web);
    assert.deepEqual(
      only.packages.map(({ name }) => name),
      ['bash', 'glibc', 'odd', 'openssl', 'zlib'],
    );
    assert.deepEqual(
      only.images[0]?.contents.map((content) => only.packages[content.package]?.nevra),
      web.contents.map((content) => report.packages[content.package]?.nevra),
    );
    assert.deepEqual(
      only.findings.map(({ rule }) => rule),
      ['RPM-004', 'RPM-006'],
    );
  });
});
