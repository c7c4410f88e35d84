import { judge, type PreviousRelease, parsePolicy } from '../../audit/index.ts';
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
    const { images, context: judging } = await gatherFacts(
      context,
      release,
      components,
      { previous, deep: definition.audit.deep ?? false },
      ({ done, total }) => progress(`${done} of ${total} layers`),
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
