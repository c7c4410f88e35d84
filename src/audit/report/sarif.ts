import { prettyJson } from '../../util/index.ts';
import {
  type AuditReport,
  type Finding,
  type FindingImage,
  imageSpec,
  type ReportContext,
  type ReportFormatter,
  type ReportImage,
  toolOf,
} from '../model/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { describeOrigin } from './text.ts';

const LEVELS = { deny: 'error', warn: 'warning', info: 'note' } as const;

/** Every rule that was asked, and those that only the report knows (of another version). */
function rulesOf({ findings }: AuditReport) {
  const rules = new Map<string, { title: string; severity: keyof typeof LEVELS; properties: object }>();
  for (const { rule, title, severity } of findings) rules.set(rule, { title, severity, properties: {} });
  for (const { id, title, severity, subject, fixed } of RULE_SUMMARIES)
    rules.set(id, { title, severity, properties: { subject, exceptable: !fixed } });
  return [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { title, severity, properties }]) => ({
      id,
      shortDescription: { text: title },
      defaultConfiguration: { level: LEVELS[severity] },
      properties,
    }));
}

/** Where in an image it came in: the component, and below it the layer (SARIF 2.1.0 § 3.33). */
function location(finding: Finding, image: FindingImage, { images }: AuditReport) {
  const row = images.find(({ name, digest }) => name === image.name && digest === image.digest);
  const component = imageSpec(row ?? { ...image, pullSpec: null });
  const { origin } = finding;
  return {
    // The line that chose the base image, where it is known: a code host shows the finding there.
    physicalLocation: {
      artifactLocation: { uri: encodeURI(origin?.chosenAt?.file ?? image.name) },
      region: { startLine: origin?.chosenAt?.line ?? 1 },
    },
    logicalLocations: [
      { name: image.name, fullyQualifiedName: component, kind: 'component' },
      ...(origin
        ? [
            {
              name: `layer ${origin.layer} of ${origin.layers}`,
              fullyQualifiedName: `${component}/${origin.chainId}`,
              kind: 'layer',
            },
          ]
        : []),
    ],
  };
}

const message = ({ message: seen, origin }: Finding): string =>
  [seen, ...(origin === null ? [] : [`${describeOrigin(origin).join('; ')}.`])].join(' ');

/** One suppression for each exception that covers it, with the reason that its owner gave (§ 3.35). */
function suppressions(finding: Finding, { exceptions }: AuditReport) {
  if (finding.status === 'open') return [];
  const known = finding.images.some(({ accepted }) => accepted)
    ? [{ kind: 'external', status: 'accepted', justification: 'in the accepted baseline' }]
    : [];
  const excepted = [...new Set(finding.images.flatMap((image) => image.exceptions))].sort().map((id) => {
    const exception = exceptions.find((candidate) => candidate.id === id);
    return {
      kind: 'external',
      status: 'accepted',
      justification: exception
        ? `${id}: ${exception.reason} (${exception.owner}, until ${exception.expires})`
        : `exception ${id}`,
    };
  });
  return [...excepted, ...known];
}

function result(finding: Finding, ruleIndex: number, report: AuditReport) {
  const { subjects } = finding;
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: message(finding) },
    locations: finding.images.map((image) => location(finding, image, report)),
    fingerprints: { 'finding/v1': finding.id },
    // What code hosts track results by; a finding's key is as stable as one can be.
    partialFingerprints: { 'finding/v1': finding.id },
    suppressions: suppressions(finding, report),
    properties: {
      subjects: subjects.map(({ label, message: seen, evidence, also }) => ({ label, message: seen, evidence, also })),
    },
  };
}

const artifactOf = ({ name, digest, pullSpec, platform }: ReportImage) => ({
  location: { uri: encodeURI(name) },
  hashes: { 'sha-256': digest.replace(/^sha256:/u, '') },
  ...(pullSpec === null ? {} : { description: { text: pullSpec } }),
  ...(platform === undefined ? {} : { properties: { platform } }),
});

/** What could not be looked at is no result of a rule but a condition of the run (§ 3.20.21, § 3.58). */
function invocations({ unread = [] }: AuditReport) {
  if (unread.length === 0) return {};
  const toolExecutionNotifications = unread.map(({ name, digest, pullSpec, code, message }) => ({
    descriptor: { id: code },
    level: 'error',
    message: { text: `${name} was not judged: ${message}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(name) }, region: { startLine: 1 } },
        logicalLocations: [{ name, fullyQualifiedName: imageSpec({ name, digest, pullSpec }), kind: 'component' }],
      },
    ],
  }));
  return { invocations: [{ executionSuccessful: false, toolExecutionNotifications }] };
}

function sarif(report: AuditReport, { payload }: ReportContext): string {
  const rules = rulesOf(report);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const { name, version } = toolOf(report);
  return prettyJson({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name, version, rules } },
        automationDetails: { id: `${name}/${report.policy.name}/` },
        artifacts: report.images.map(artifactOf),
        ...invocations(report),
        results: report.findings.map((finding) => result(finding, indexes.get(finding.rule) ?? -1, report)),
        properties: {
          verdict: report.verdict,
          judgedOn: report.judgedOn,
          policy: report.policy,
          keyrings: report.keyrings,
          ...(payload === undefined ? {} : { payload }),
        },
      },
    ],
  });
}

/** Static Analysis Results Interchange Format 2.1.0 (OASIS): one result a finding. */
export const sarifFormat: ReportFormatter = {
  id: 'sarif',
  title: 'SARIF 2.1.0',
  mediaType: 'application/sarif+json',
  extension: 'sarif',
  format: sarif,
};
