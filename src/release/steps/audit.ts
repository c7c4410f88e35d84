import {
  type AuditReport,
  describeChoice,
  describeInstruction,
  describeLayer,
  type FindingOrigin,
  judge,
  type PreviousRelease,
  parsePolicy,
} from '../../audit/index.ts';
import { plural } from '../../util/index.ts';
import { gatherFacts } from '../audits/facts.ts';
import type { Step, StepContext } from '../context.ts';
import { readPart } from '../definition/definition.ts';
import { isOutdated, keptBases } from '../store/kept.ts';

/** A digest in full stands in the finding; sentences are for reading. */
const short = (origin: FindingOrigin): FindingOrigin => ({ ...origin, digest: origin.digest.slice(0, 19) });

/** Images that a sentence names before it says how many more there are; the report lists all. */
const NAMED = 5;

function named(images: readonly string[]): string {
  const more = images.length - NAMED;
  return more > 1 ? `${images.slice(0, NAMED).join(', ')} and ${more} more images` : images.join(', ');
}

/** A few sentences: the counts when nothing is refused, else the worst finding with image, package, layer and base. */
function summarise({ totals, findings }: AuditReport): string {
  const { deny, warn } = totals.findings;
  const refused = findings.filter((finding) => finding.severity === 'deny' && finding.status === 'open');
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
  const others = deny > 1 ? ` ${plural(deny - 1, 'more finding')}.` : '';
  return `${worst.message} In ${named(worst.images.map((image) => image.name))}.${where}${revert}${others}`;
}

/** What base images are compared with, or why they can not be. */
async function basesBefore(
  { evidence, output }: StepContext,
  name: string | undefined,
): Promise<{ readonly previous?: PreviousRelease; readonly problem?: string }> {
  if (name === undefined) return {};
  try {
    return { previous: await keptBases(evidence, name, (await output('audit', name)).report) };
  } catch (error) {
    if (isOutdated(error)) return { problem: `Base images were not compared with those before: ${error.message}` };
    throw error;
  }
}

/**
 * Audits every image, package by package, in all its layers, and judges the set by the stream's policy. Base images
 * are audited with them, so that a finding can name the base that brought it in. `bad` on a failing verdict.
 */
export const auditStep: Step<'audit'> = {
  name: 'audit',
  async run(context) {
    const { definition, evidence, release, output, lastAccepted, progress } = context;
    const { components } = await output('import');
    const policy = parsePolicy((await readPart(definition.audit.policy)).toString('utf8'), definition.audit.policy);
    const name = await lastAccepted();
    const { previous, problem } = await basesBefore(context, name);
    const { images, context: judging } = await gatherFacts(context, release, components, previous, ({ done, total }) =>
      progress(`${done} of ${total} layers`),
    );
    const report = judge(images, policy, judging);
    const summary = problem === undefined ? summarise(report) : `${summarise(report)} ${problem}`;
    return {
      state: report.verdict === 'pass' ? 'done' : 'bad',
      detail: summary,
      output: {
        verdict: report.verdict,
        report: await evidence.put(report),
        policy: policy.digest,
        images: report.totals.images,
        packages: report.totals.packages,
        findings: report.findings.length,
        summary,
      },
    };
  },
};
