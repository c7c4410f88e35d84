import { plural, printable } from '../../../util/index.ts';
import { formatPlace } from './place.ts';
import type { LintReport } from './report.ts';

/** For people, a line each, whatever names and texts of the payload hold: worst first, waived ones last, then what it comes to. */
export function text({ reference, findings, counts, views, from, version, unread }: LintReport): string {
  const line = (severity: string, { rule, message, place }: LintReport['findings'][number]): string => {
    const where = formatPlace(place);
    return `${printable(`${severity.padEnd(7)} ${rule} ${where === '' ? '' : `${where}: `}${message}`)}\n`;
  };
  const open = findings.filter(({ waiver }) => waiver === undefined);
  const lines = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    open.filter((finding) => finding.severity === severity).map((finding) => line(severity, finding)),
  );
  const waived = findings.flatMap((finding) =>
    finding.waiver === undefined
      ? []
      : [
          `${line('waived', finding)}        ${printable(`${finding.waiver.owner}, until ${finding.waiver.expires}: ${finding.waiver.reason}`)}\n`,
        ],
  );
  const applied = views.map(({ featureSet, manifests }) => `${manifests} with feature set ${featureSet}`).join(', ');
  return [
    ...lines,
    ...waived,
    `${version ?? printable(reference)}${from === undefined ? '' : ` from ${from}`}: ${plural(counts.error, 'error')}, ${plural(counts.warning, 'warning')}, ${plural(counts.info, 'note')}`,
    `${counts.waived === 0 ? '' : `, ${counts.waived} waived`}\n${unread === true ? 'nothing else was judged: it can not be read as a release' : `objects applied: ${applied}`}\n`,
  ].join('');
}
