import { Command } from 'commander';
import { collect } from '../input.ts';
import { type FormFlags, withForms, writeReport } from './forms.ts';
import { type JudgingFlags, judgeImages, withJudging } from './inputs/judging.ts';
import type { OpenedSource } from './inputs/opened.ts';
import type { Sources } from './inputs/sources.ts';

interface LayoutFlags extends JudgingFlags, FormFlags {
  readonly only: readonly string[];
}

/** `clean/*` chooses by the names of images, `*` being any run of characters. */
const chooses = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[\\^$.|+?()[\]{}]/gu, '\\$&').replaceAll('*', '.*')}$`, 'u').test(name);

/** Components go by the last part of their name, as policies call them, while these differ. */
function withShortNames(images: readonly OpenedSource[]): readonly OpenedSource[] {
  const short = new Set(images.map(({ name }) => name));
  return short.size === images.length ? images : images.map((image) => ({ ...image, name: image.reference }));
}

export function layoutVerb(): Command {
  return withJudging(withForms(new Command('layout')))
    .description(
      'Audits every named image of an OCI layout or archive as one set. Exits 1 when the policy refuses one.',
    )
    .argument('<path>', 'folder of an OCI layout, or a file that podman save, docker save or skopeo wrote')
    .option('--only <pattern>', 'only images of these names; may be repeated', collect, [])
    .addHelpText(
      'after',
      "\nExample:\n  slipway audit layout examples/harbor/images --only 'els/*' --base stream9=oci:examples/harbor/images:bases/base-stream9 --policy examples/harbor/policy.yaml --keyring examples/harbor/keys/harbor-rpm.asc --keyring examples/harbor/keys/ironhat-rpm.asc",
    )
    .action(async (path: string, flags: LayoutFlags) => {
      const open = async (sources: Sources) =>
        withShortNames(
          (await sources.all(path)).filter(
            ({ reference }) => flags.only.length === 0 || flags.only.some((pattern) => chooses(pattern, reference)),
          ),
        );
      const { report } = await judgeImages(flags, open, { partial: true });
      await writeReport(report, flags);
    });
}
