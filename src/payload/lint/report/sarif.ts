import { prettyJson } from '../../../util/index.ts';
import { METADATA_FILE, PAYLOAD_FOLDER, REFERENCES_FILE } from '../../assemble/index.ts';
import { WAIVER_RULES } from '../policy.ts';
import type { LintRule, Severity } from '../types.ts';
import { formatPlace } from './place.ts';
import type { LintReport } from './report.ts';

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };

type Finding = LintReport['findings'][number];

/** Rules about the release as a whole: its version, how it is trusted, what it changes, how it is judged. */
const OF_RELEASE = /^(?:P002|P011|[TDW]\d+)$/;

/**
 * Where in the payload a finding is: GitHub refuses a whole report for one result without a file and a line. What stands
 * in another image (a component, the release before), or in none, is put down to the file of the release that speaks of it.
 */
function physicalLocation({ rule, place }: Finding, digest: string | undefined) {
  const { file, line, image } = place;
  const own =
    file !== undefined &&
    (!file.includes('/') || image === undefined || (digest !== undefined && image.endsWith(`@${digest}`)));
  const named = own ? file : OF_RELEASE.test(rule) ? METADATA_FILE : REFERENCES_FILE;
  const path = named.includes('/') ? named : `${PAYLOAD_FOLDER}/${named}`;
  return {
    artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/') },
    region: { startLine: own ? (line ?? 1) : 1 },
  };
}

function result(finding: Finding, ruleIndex: number, digest: string | undefined) {
  const { rule, severity, message, place, waiver } = finding;
  return {
    ruleId: rule,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: physicalLocation(finding, digest),
        logicalLocations: [{ fullyQualifiedName: formatPlace(place) || PAYLOAD_FOLDER }],
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
export function sarif(report: LintReport, asked: readonly LintRule[], version: string): string {
  const rules = [...asked, ...WAIVER_RULES];
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
        results: report.findings.map((finding) => result(finding, index.get(finding.rule) ?? -1, digest)),
        properties: { reference, digest, version: report.version, ...(from === undefined ? {} : { from }), counts },
      },
    ],
  });
}
