import { Command } from 'commander';
import { type FormFlags, withForms, writeReport } from './forms.ts';
import { type JudgingFlags, judgeImages, withJudging } from './inputs/judging.ts';
import type { OpenedRelease } from './inputs/opened.ts';
import type { Sources } from './inputs/sources.ts';

export function payloadVerb(): Command {
  return withJudging(withForms(new Command('payload')))
    .description('Audits every image of a release, for every platform. Exits 1 when the policy refuses one.')
    .argument(
      '<ref>',
      'release image: a reference, oci:DIR[:NAME], oci-archive:FILE[:NAME], docker-archive:FILE[:NAME], the path of a layout or archive that has the components as well, or a folder of `payload mirror --to-dir` (DIR[:TAG])',
    )
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit payload localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --policy examples/harbor/policy.yaml --keyring examples/harbor/keys/harbor-rpm.asc --format cyclonedx --output sbom.cdx.json --per-image sboms/',
    )
    .action(async (reference: string, flags: JudgingFlags & FormFlags) => {
      let payload: OpenedRelease['payload'] | undefined;
      const open = async (sources: Sources) => {
        const release = await sources.openRelease(reference);
        payload = release.payload;
        return release.images;
      };
      const { report } = await judgeImages(flags, open, { partial: true });
      await writeReport(report, flags, payload === undefined ? {} : { payload });
    });
}
