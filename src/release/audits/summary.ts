import {
  type AuditReport,
  describeChoice,
  describeInstruction,
  describeLayer,
  type FindingOrigin,
} from '../../audit/index.ts';
import { plural } from '../../util/index.ts';

/** A digest in full stands in the finding; sentences are for reading. */
const short = (origin: FindingOrigin): FindingOrigin => ({ ...origin, digest: origin.digest.slice(0, 19) });

/** Images that a sentence names before it says how many more there are; the report lists all. */
const NAMED = 5;

function named(images: readonly string[]): string {
  const more = images.length - NAMED;
  return more > 1 ? `${images.slice(0, NAMED).join(', ')} and ${more} more images` : images.join(', ');
}

/** A few sentences: the counts when nothing is refused, else the worst finding with image, package, layer and base. */
export function summarise({ verdict, totals, findings }: AuditReport): string {
  const { warn } = totals.findings;
  const open = findings.filter(({ status }) => status === 'open');
  const denied = open.filter(({ severity }) => severity === 'deny');
  // Where warnings are to be acknowledged by name, they refuse as well.
  const refused = denied.length > 0 || verdict === 'pass' ? denied : open.filter(({ severity }) => severity === 'warn');
  // Packages say more than a file beside them.
  const worst = refused.find(({ subjects }) => subjects.some((subject) => subject.package !== null)) ?? refused[0];
  if (worst === undefined)
    return `${plural(totals.packages, 'package')} in ${plural(totals.images, 'image')}, ${plural(warn, 'warning')}.`;
  const { origin } = worst;
  const where =
    origin === null
      ? ''
      : ` It came in with ${[describeLayer(short(origin)), describeInstruction(origin)].filter((part) => part !== null).join(', ')}.`;
  const revert = origin?.chosenAt ? ` Line to revert: ${describeChoice(origin.chosenAt)}.` : '';
  const others = refused.length > 1 ? ` ${plural(refused.length - 1, 'more finding')}.` : '';
  const images = worst.images.length === 0 ? '' : ` In ${named(worst.images.map((image) => image.name))}.`;
  return `${worst.message}${images}${where}${revert}${others}`;
}
