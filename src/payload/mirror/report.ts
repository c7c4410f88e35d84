import { compareBytes } from '../text/go-json.ts';
import type { CopiedManifest } from './copy.ts';
import { mirrorInstructions, mirrorManifest } from './instructions.ts';
import type { MirrorPlan } from './plan.ts';

export interface ReportOptions {
  /** What a cluster is told; default `idms` (oc's default is the older `icsp`). */
  readonly instructions?: 'idms' | 'icsp' | 'itms' | 'none';
  /** Folder of a mirror on disk: there is nothing a cluster could pull from. */
  readonly folder?: string;
  /** Where the signatures' ConfigMap was written, and whether the folder was asked for. */
  readonly signatures?: { readonly folder?: string; readonly file: string };
  readonly dryRun?: boolean;
  /** Pull spec of the release image, where it is not with its components. */
  readonly updateImage?: string;
}

/** `DIGEST PLACE` for each manifest of the target, members of lists first; oc prints them as they come. */
export function formatManifests(plan: MirrorPlan, manifests: readonly CopiedManifest[]): string {
  return manifests
    .map(({ digest, tag }) => ({ digest, place: tag === undefined ? plan.repository : `${plan.repository}:${tag}` }))
    .sort((a, b) => compareBytes(a.place, b.place) || compareBytes(a.digest, b.digest))
    .map(({ digest, place }) => `${digest} ${place}\n`)
    .join('');
}

/** What `oc adm release mirror` says at its end (payload format § 2.6), sources sorted (§ 1.12, B10). */
export function formatMirrorReport(plan: MirrorPlan, options: ReportOptions): string {
  const { folder, signatures, dryRun, instructions = 'idms' } = options;
  const repository = plan.repository.replace(/^file:\/\//, '');
  const image = `${repository}:${plan.release.tag}`;
  const head = `\nSuccess\nUpdate image:  ${options.updateImage ?? image}\n`;
  const written =
    signatures === undefined
      ? ''
      : dryRun === true
        ? `info: Write configmap signature file ${signatures.file}\n`
        : `Configmap signature file ${signatures.file} created\n`;
  if (folder !== undefined) {
    const upload = `oc image mirror --from-dir=${folder} 'file://${image}*' REGISTRY/REPOSITORY`;
    return `${head}\nTo upload local images to a registry, run:\n\n    ${upload}\n\n${written}`;
  }
  const sources = { sources: plan.sources, mirrors: [repository] };
  const mirrored = `${head}Mirror prefix: ${repository}\n`;
  if (instructions === 'none') return `${mirrored}${written}`;
  if (instructions === 'itms')
    return `${mirrored}\nTo use the new mirrored repository for pulls by tag, use the following to create an ImageTagMirrorSet:\n\n${mirrorManifest('itms', sources)}\n${written}`;
  return `${mirrored}${mirrorInstructions(instructions, sources, signatures?.folder)}${written}`;
}
