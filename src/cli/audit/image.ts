import { Command } from 'commander';
import { type FormFlags, withForms, writeReport } from './forms.ts';
import { type JudgingFlags, judgeImages, openAll, withJudging } from './inputs/judging.ts';

export function imageVerb(): Command {
  return withJudging(withForms(new Command('image')))
    .description(
      'Audits one image by a policy, of a manifest list every image that can be run. Exits 1 when the policy refuses one.',
    )
    .argument(
      '<image>',
      'image: a reference, oci:DIR[:NAME], docker-archive:FILE[:NAME], the path of a layout or archive, or an RPM database file',
    )
    .option('--name <component>', 'name of the component, as the policy calls it')
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit image localhost:8080/okd/scos-content@sha256:… --policy policy.yaml --keyring keys/release.asc\n  podman save -o console.tar localhost/console && slipway audit image console.tar --policy policy.yaml\n  slipway audit image registry.example/okd/etcd:4.21 --filter-by-os linux/arm64 --policy policy.yaml',
    )
    .action(async (reference: string, flags: JudgingFlags & FormFlags & { name?: string }) => {
      const images = [{ name: flags.name, reference }];
      const { report } = await judgeImages(flags, (sources) => openAll(sources, images), { partial: true });
      await writeReport(report, flags);
    });
}
