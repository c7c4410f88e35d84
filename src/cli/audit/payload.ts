import { Command } from 'commander';
import { type FormFlags, withForms, writeReport } from './forms.ts';
import { auditReport, type JudgingFlags, releaseImages, withJudging } from './judging.ts';

export function payloadVerb(): Command {
  return withJudging(withForms(new Command('payload')))
    .description('Audits every image of a release. Exits 1 when the policy refuses one.')
    .argument('<ref>', 'release image')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit payload localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --policy examples/harbor/policy.yaml --keyring examples/harbor/keys/harbor-rpm.asc --format cyclonedx --output sbom.cdx.json --per-image sboms/',
    )
    .action(async (reference: string, flags: JudgingFlags & FormFlags) => {
      const { images, payload } = await releaseImages(reference, flags);
      const report = await auditReport(flags, images);
      await writeReport(report, flags, { payload });
      if (report.verdict === 'fail') process.exitCode = 1;
    });
}
