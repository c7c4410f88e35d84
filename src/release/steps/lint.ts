import {
  gatherFacts,
  LINT_RULES,
  type LintPolicy,
  lintFacts,
  lintReport,
  loadPayload,
  parseLintPolicy,
} from '../../payload/index.ts';
import { plural } from '../../util/index.ts';
import type { Step } from '../context.ts';
import { type ReleaseDefinition, readPart } from '../definition/index.ts';

/** The policy that the stream names; none: every finding counts as its rule says. */
async function policyOf({ lint }: ReleaseDefinition): Promise<LintPolicy | undefined> {
  if (lint === undefined) return undefined;
  return parseLintPolicy(await readPart(lint.policy), lint.policy, new Set(LINT_RULES.map(({ id }) => id)));
}

/** Judges the staged payload by the rules that would make a cluster refuse it, or break it. */
export const lintStep: Step<'lint'> = {
  name: 'lint',
  async run({ release, definition, repositories, evidence, outlines, output }) {
    const { digest } = await output('assemble');
    const policy = await policyOf(definition);
    const payload = await loadPayload(repositories.stagingRelease, digest, { name: repositories.releaseName });
    const facts = await gatherFacts(payload, {
      resolve: () => repositories.stagingContent,
      release: repositories.stagingRelease,
      // Waivers end by the release's own day, so that a step which runs again judges as before.
      at: release.createdAt,
    });
    const { findings, counts } = lintReport(facts, lintFacts(facts), policy);
    // What is asked of a release that others look at is ready before they do.
    await outlines.of(payload);
    const first = findings.find(({ severity, waiver }) => severity === 'error' && waiver === undefined);
    const waived = counts.waived === 0 ? '' : `, ${counts.waived} waived`;
    return {
      state: first === undefined ? 'done' : 'bad',
      detail:
        first === undefined
          ? `no errors, ${plural(counts.warning, 'warning')}${waived}`
          : `${plural(counts.error, 'error')}, first ${first.rule}: ${first.message}`,
      output: { report: await evidence.put(findings), errors: counts.error, warnings: counts.warning },
    };
  },
};
