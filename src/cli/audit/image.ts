import { Command } from 'commander';
import { type FormFlags, withForms, writeReport } from './forms.ts';
import { auditReport, type JudgingFlags, withJudging } from './judging.ts';

export function imageVerb(): Command {
  return withJudging(withForms(new Command('image')))
    .description('Audits one image by a policy. Exits 1 when the policy refuses it.')
    .argument(
      '<image>',
      'image: a reference, oci:DIR[:NAME], docker-archive:FILE[:NAME], the path of a layout or archive, or an RPM database file',
    )
    .option('--name <component>', 'name of the component, as the policy calls it')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit image localhost:8080/okd/scos-content@sha256:… --policy policy.yaml --keyring keys/release.asc\n  podman save -o console.tar localhost/console && slipway audit image console.tar --policy policy.yaml',
    )
    .action(async (reference: string, flags: JudgingFlags & FormFlags & { name?: string }) => {
      const report = await auditReport(flags, [{ name: flags.name, reference }]);
      await writeReport(report, flags);
      if (report.verdict === 'fail') process.exitCode = 1;
    });
}
