import { parsePullSpec, repositoryOf } from '../stream/index.ts';
import { compareBytes } from '../text/index.ts';
import type { CopiedManifest } from './copy.ts';
import { mirrorInstructions, mirrorManifest } from './instructions.ts';
import type { MirrorPlan } from './plan.ts';

export interface ReportOptions {
  /** What a cluster is told; default `idms` (oc's default is the older `icsp`). */
  readonly instructions?: 'idms' | 'icsp' | 'itms' | 'none';
  /** Folder of a mirror on disk: there is nothing a cluster could pull from. */
  readonly folder?: string;
  /** Where the signatures' ConfigMap was written, and the folder that was asked for. */
  readonly signatures?: { readonly folder?: string; readonly files: readonly string[] };
  readonly dryRun?: boolean;
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
  const bare = (place: string): string => place.replace(/^file:\/\//, '');
  const repository = bare(plan.repository);
  const image = `${repository}:${plan.release.tag}`;
  const update = plan.releaseAt === undefined ? '' : `Update image:  ${bare(plan.releaseAt)}\n`;
  const head = `\nSuccess\n${update}`;
  const written = (signatures?.files ?? [])
    .map((file) =>
      dryRun === true ? `info: Write configmap signature file ${file}\n` : `Configmap signature file ${file} created\n`,
    )
    .join('');
  if (folder !== undefined) {
    const upload = `oc image mirror --from-dir=${folder} 'file://${image}*' REGISTRY/REPOSITORY`;
    return `${head}\nTo upload local images to a registry, run:\n\n    ${upload}\n\n${written}`;
  }
  // The release image may be in a repository of its own, which is then a mirror as well.
  const apart = plan.images.includes(plan.release) ? undefined : plan.releaseAt;
  const mirrors = [repository, ...(apart === undefined ? [] : [repositoryOf(parsePullSpec(apart))])];
  const sources = { sources: plan.sources, mirrors: [...new Set(mirrors)] };
  const prefixes = [repository, ...(apart === undefined ? [] : [apart])];
  const mirrored = `${head}${prefixes.map((prefix) => `Mirror prefix: ${prefix}\n`).join('')}`;
  if (instructions === 'none') return `${mirrored}${written}`;
  if (instructions === 'itms')
    return `${mirrored}\nTo use the new mirrored repository for pulls by tag, use the following to create an ImageTagMirrorSet:\n\n${mirrorManifest('itms', sources)}\n${written}`;
  return `${mirrored}${mirrorInstructions(instructions, sources, signatures?.folder)}${written}`;
}
