import { lintPayload, loadPayload } from '../../payload/index.ts';
import { plural } from '../../util/index.ts';
import type { Step } from '../context.ts';

/** Judges the staged payload by the rules that would make a cluster refuse it, or break it. */
export const lintStep: Step<'lint'> = {
  name: 'lint',
  async run({ release, repositories, evidence, outlines, output }) {
    const { digest } = await output('assemble');
    const payload = await loadPayload(repositories.stagingRelease, digest, { name: repositories.releaseName });
    const findings = await lintPayload(payload, {
      resolve: () => repositories.stagingContent,
      release: repositories.stagingRelease,
      at: release.createdAt,
    });
    // What is asked of a release that others look at is ready before they do.
    await outlines.of(payload);
    const errors = findings.filter((finding) => finding.severity === 'error').length;
    const warnings = findings.filter((finding) => finding.severity === 'warning').length;
    const first = findings.find((finding) => finding.severity === 'error');
    return {
      state: errors === 0 ? 'done' : 'bad',
      detail:
        first === undefined
          ? `no errors, ${plural(warnings, 'warning')}`
          : `${plural(errors, 'error')}, first ${first.rule}: ${first.message}`,
      output: { report: await evidence.put(findings), errors, warnings },
    };
  },
};
