import {
  type Judgement,
  judge,
  type PreviousRelease,
  parsePolicy,
  type UnreadImage,
  withUnread,
} from '../../audit/index.ts';
import { plural, SlipwayError } from '../../util/index.ts';
import { gatherFacts, summarise } from '../audits/index.ts';
import type { Step, StepContext } from '../context.ts';
import { readPart } from '../definition/index.ts';
import { isOutdated, keptBases } from '../kept/index.ts';

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

/** Images whose reasons a message gives; the report has all. */
const NAMED = 5;

/** Nothing is decided on a part of the images; what was found of it is kept, and said with the reasons for the others. */
async function incomplete({ evidence, release }: StepContext, report: Judgement, unread: readonly UnreadImage[]) {
  const digest = await evidence.put(withUnread(report, unread));
  const told = unread.slice(0, NAMED).map(({ name, error }) => `${name}: ${error.message} [${error.code}]`);
  const more = unread.length > NAMED ? ` The report has ${unread.length - NAMED} more.` : '';
  return new SlipwayError(
    'RELEASE_AUDIT_INCOMPLETE',
    `${plural(unread.length, 'image')} of ${unread.length + report.totals.images} could not be read. ${told.join(' ')}${more} Of those that could: ${summarise(report)}`,
    {
      place: { field: digest },
      hint: `The report on them is evidence ${digest}. \`slipway release retry ${release.name}\` audits again.`,
    },
  );
}

/**
 * Audits every image, package by package, in all its layers, and judges the set by the stream's policy. Base images
 * are audited with them, so that a finding can name the base that brought it in. `bad` on a failing verdict. Throws
 * `RELEASE_AUDIT_INCOMPLETE` when an image can not be read.
 */
export const auditStep: Step<'audit'> = {
  name: 'audit',
  async run(context) {
    const { definition, evidence, release, output, lastAccepted, progress } = context;
    const { components } = await output('import');
    const policy = parsePolicy((await readPart(definition.audit.policy)).toString('utf8'), definition.audit.policy);
    const name = await lastAccepted();
    const { previous, problem } = await basesBefore(context, name);
    const {
      images,
      unread,
      context: judging,
    } = await gatherFacts(
      context,
      release,
      components,
      { previous, deep: definition.audit.deep ?? false },
      ({ done, total }) => progress(`${done} of ${total} layers`),
    );
    const report = judge(images, policy, judging);
    if (unread.length > 0) throw await incomplete(context, report, unread);
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
