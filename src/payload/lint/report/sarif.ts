import { prettyJson } from '../../../util/index.ts';
import type { LintRule, Severity } from '../types.ts';
import { formatPlace } from './place.ts';
import type { LintReport } from './report.ts';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };
const PAYLOAD = 'release-manifests';

function result({ rule, severity, message, place, waiver }: LintReport['findings'][number], ruleIndex: number) {
  const file = place.file === undefined || place.file.includes('/') ? place.file : `${PAYLOAD}/${place.file}`;
  return {
    ruleId: rule,
    ...(ruleIndex === -1 ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        ...(file === undefined
          ? {}
          : {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                ...(place.line === undefined ? {} : { region: { startLine: place.line } }),
              },
            }),
        logicalLocations: [{ fullyQualifiedName: formatPlace(place) || PAYLOAD }],
      },
    ],
    ...(waiver === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: `${waiver.reason} (${waiver.owner}, until ${waiver.expires})`,
            },
          ],
        }),
  };
}

/** Static Analysis Results Interchange Format 2.1.0 (OASIS): one result a finding, in the payload's own files. */
export function sarif(report: LintReport, rules: readonly LintRule[], version: string): string {
  const index = new Map(rules.map(({ id }, at) => [id, at]));
  const { reference, digest, from, counts } = report;
  return prettyJson({
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'slipway payload lint',
            version,
            rules: rules.map(({ id, title }) => ({ id, shortDescription: { text: title } })),
          },
        },
        results: report.findings.map((finding) => result(finding, index.get(finding.rule) ?? -1)),
        properties: { reference, digest, version: report.version, ...(from === undefined ? {} : { from }), counts },
      },
    ],
  });
}
