import { resolve } from 'node:path';
import type { RegistryClient } from '../../../oci/index.ts';
import type { JsonObject, PreparedPayload, PrepareOptions } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { parseJson } from '../../../util/json.ts';
import { plural } from '../../../util/text.ts';
import { type Format, note } from '../../output.ts';
import { stoppable } from '../../stop.ts';

/** What is written of a new release, and where. */
export interface OutputFlags {
  readonly metadata?: string;
  readonly include?: readonly string[];
  readonly mirror?: string;
  readonly auditPolicy?: string;
  readonly toImage?: string;
  readonly toImageBaseTag?: string;
  readonly toFile?: string;
  readonly toDir?: string;
  readonly toLock?: string;
  readonly toSignature?: string;
  readonly format: Format;
}

/** Files that are written, by their flags. */
function filesOf({ toFile, toLock, toSignature }: OutputFlags): readonly (readonly [flag: string, file: string])[] {
  const files = { '--to-file': toFile, '--to-lock': toLock, '--to-signature': toSignature };
  return Object.entries(files).flatMap(([flag, file]) => (file === undefined ? [] : [[flag, file] as const]));
}

/** Whether something is written to standard output, beside which nothing else is printed there. */
export function writesToStandardOutput(flags: OutputFlags): boolean {
  return filesOf(flags).some(([, file]) => file === '-');
}

/** Throws `CLI_USAGE` when two outputs have one file: the second would take the place of the first. */
export function checkOutputs(flags: OutputFlags): void {
  const seen = new Map<string, string>();
  for (const [flag, file] of filesOf(flags)) {
    const path = file === '-' ? file : resolve(file);
    const other = seen.get(path);
    if (other !== undefined)
      throw new SlipwayError('CLI_USAGE', `${other} and ${flag} name the same file.`, { place: { file } });
    seen.set(path, flag);
  }
}

/** A text to a file, or `-` for standard output. */
async function writeText(file: string, text: string | Uint8Array): Promise<void> {
  const { writeFileAtomic } = await import('../../../util/files.ts');
  if (file === '-') process.stdout.write(text);
  else await writeFileAtomic(file, text);
}

/** `--metadata`. Throws `PAYLOAD_METADATA_INVALID`. */
export function metadataOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  const value = parseJson(text, 'PAYLOAD_METADATA_INVALID', 'the metadata', { field: '--metadata' });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SlipwayError('PAYLOAD_METADATA_INVALID', 'the metadata is not a JSON object.', {
      place: { field: '--metadata' },
    });
  }
  return value as JsonObject;
}

/** Copies the images that are kept to where their pull specs say they are; under tags, so that no registry drops them. */
export async function copyToMirror(
  prepared: PreparedPayload,
  client: RegistryClient,
  flags: OutputFlags,
  options: PrepareOptions,
): Promise<void> {
  if (flags.mirror === undefined) return;
  const { mirrorImages, mirrorTag } = await import('../../../payload/index.ts');
  const { formatReference } = await import('../../../oci/index.ts');
  const { targetOf } = await import('../../registry.ts');
  const { terminalProgress } = await import('./bar.ts');
  const target = targetOf(flags.mirror);
  const kept = new Set(prepared.imageReferences.tags.map(({ name }) => name));
  const images = prepared.inputs.flatMap(({ name, from }) => {
    if (!kept.has(name) || from === undefined) return [];
    const tag = mirrorTag(prepared.name, name);
    return [{ component: name, source: from.name, digest: from.name.slice(from.name.indexOf('@') + 1), tag }];
  });
  process.stderr.write(`info: Mirroring ${images.length} images to ${flags.mirror} ...\n`);
  const progress = terminalProgress();
  try {
    const { attachments } = await mirrorImages(images, {
      resolve: options.resolve,
      to: client.repository({ registry: target.registry, repository: target.repository }),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      onProgress: (state) => progress.update(state),
      onUnread: (reason) => note(`warning: ${reason}`),
    });
    if (flags.auditPolicy !== undefined && attachments > 0)
      note(
        `info: Copied with the images: ${plural(attachments, 'signature, attestation or SBOM', 'signatures, attestations and SBOMs')}; the audit looks into images alone.`,
      );
  } finally {
    progress.end();
  }
  if (writesToStandardOutput(flags) || flags.format === 'json') return;
  for (const { digest, tag } of images)
    process.stdout.write(
      `${digest} ${formatReference({ registry: target.registry, repository: target.repository, tag })}\n`,
    );
}

/** Everything that is written beside the image; before it is pushed, so that nothing is published when this fails. */
export async function writeOutputs(prepared: PreparedPayload, digest: string, flags: OutputFlags): Promise<void> {
  const { formatPayloadLock, releaseTag, writePayloadFolder, writePayloadLayer } = await import(
    '../../../payload/index.ts'
  );
  const { toDir } = flags;
  if (toDir !== undefined)
    await stoppable('nothing was pushed', (signal) => writePayloadFolder(prepared, toDir, signal));
  if (flags.toFile === '-') process.stdout.write(prepared.layer.bytes);
  else if (flags.toFile !== undefined) await writePayloadLayer(prepared, flags.toFile);
  if (flags.toLock !== undefined) await writeText(flags.toLock, formatPayloadLock(prepared));
  if (flags.toSignature !== undefined && flags.toImage !== undefined) {
    const { atomicMessage } = await import('../../../sign/index.ts');
    const { targetOf } = await import('../../registry.ts');
    const { formatReference } = await import('../../../oci/index.ts');
    const { registry, repository, tag } = targetOf(flags.toImage);
    const reference = formatReference({ registry, repository, tag: tag ?? releaseTag(prepared.name) });
    // Seconds of the release's own creation: the same release, the same text to sign.
    const timestamp = Math.max(1, Math.floor(Date.parse(prepared.created) / 1000));
    await writeText(flags.toSignature, atomicMessage({ digest, reference, creator: 'slipway', timestamp }));
  }
}
