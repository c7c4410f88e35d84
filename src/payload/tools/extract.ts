import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ImageSource, loadImage } from '../../oci/index.ts';
import { sha256Hex, storageError } from '../../util/index.ts';
import { payloadInfo } from '../info/info.ts';
import { formatInfo } from '../info/text.ts';
import { compareBytes } from '../text/go-json.ts';
import type { Payload, PayloadImage } from '../types.ts';
import { archive } from './archive.ts';
import { readBinaries } from './binaries.ts';
import { MARKERS, MarkerPatch, type Replacement } from './markers.ts';
import { RELEASE_HEADING } from './readme.ts';
import { type Target, targetsFor } from './targets.ts';

export interface ToolOptions {
  /** Opens the repository of a component's pull spec. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** Where the release will be pulled from, written into the installer; default the payload's own pull spec. */
  readonly pullSpec?: string;
  /** What could not be done as it should, a full sentence. */
  readonly onWarning?: (message: string) => void;
}

/** One file of the download folder, streaming; it must be read before the next one is asked for. */
export interface ToolStream {
  readonly name: string;
  readonly body: Readable;
}

export interface ToolFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface WrittenTool {
  readonly name: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

function replacementsOf(target: Target, payload: Payload): readonly Replacement[] {
  const { platform } = payloadInfo(payload);
  const values = { image: payload.pullSpec, version: payload.metadata.version, architecture: platform };
  return target.markers.map((name) => ({ name, marker: MARKERS[name], value: values[name] }));
}

async function* ofImage(
  payload: Payload,
  component: PayloadImage,
  targets: readonly Target[],
  options: ToolOptions,
): AsyncGenerator<ToolStream> {
  const warn = options.onWarning ?? (() => undefined);
  const source = options.resolve(component.pullSpec);
  const image = await loadImage(source, component.digest, { architecture: payload.image.config.architecture });
  const byPath = new Map(targets.map((target) => [target.path, target]));
  for await (const { path, size, mtime, body } of readBinaries(source, image, [...byPath.keys()])) {
    const target = byPath.get(path);
    if (target === undefined) continue;
    byPath.delete(path);
    const name = target.archive.join(payload.metadata.version);
    // A changed Mach-O file for arm64 has no valid signature any more, and macOS kills it (oc#1242).
    const signed = target.os === 'darwin' && target.arch === 'arm64';
    if (signed && target.markers.length > 0)
      warn(`${name} keeps the ${target.binary} of its build: changing it would break its signature.`);
    const patch = new MarkerPatch(signed ? [] : replacementsOf(target, payload));
    body.on('error', (error) => patch.destroy(error));
    yield { name, body: archive(name, { ...target, size, mtime, body: body.pipe(patch) }) };
    if (patch.remaining.length > 0)
      warn(`${name}: the ${target.binary} has no place for ${patch.remaining.join(', ')}.`);
  }
  for (const { path, optional } of byPath.values()) {
    if (optional !== true) warn(`The image of "${component.name}" has no /${path}.`);
  }
}

/**
 * The client tools of a release, archive by archive, as `oc adm release extract --tools --command-os='*'` names them,
 * then `release.txt` (payload format § 2.5). Programs get the release's version and, the installer, its pull spec.
 * Reads each image once; memory does not grow with the programs. READMEs and the heading of release.txt are OKD's own.
 */
export async function* streamTools(payload: Payload, options: ToolOptions): AsyncGenerator<ToolStream> {
  const published = options.pullSpec === undefined ? payload : { ...payload, pullSpec: options.pullSpec };
  const components = new Map(payload.images.map((image) => [image.name, image]));
  const targets = targetsFor(payload.image.config.architecture, new Set(components.keys()));
  for (const [image, own] of Map.groupBy(targets, (target) => target.image)) {
    const component = components.get(image);
    if (component !== undefined) yield* ofImage(published, component, own, options);
  }
  yield { name: 'release.txt', body: Readable.from([Buffer.from(releaseText(published))]) };
}

/** `release.txt`: a heading and the release with its pull specs. */
export function releaseText(payload: Payload): string {
  return `${RELEASE_HEADING}${formatInfo(payloadInfo(payload), 'pullspecs')}`;
}

/** `sha256sum.txt`, as `sha256sum --check` reads it. */
export function checksums(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  return [...files]
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(({ name, sha256 }) => `${sha256}  ${name}\n`)
    .join('');
}

/** All tools in memory, with `sha256sum.txt`, sorted by name: for small tools. Real ones are hundreds of MB: `writeTools`. */
export async function extractTools(payload: Payload, options: ToolOptions): Promise<readonly ToolFile[]> {
  const files: ToolFile[] = [];
  for await (const { name, body } of streamTools(payload, options)) {
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    files.push({ name, bytes: Buffer.concat(chunks) });
  }
  const sums = checksums(files.map(({ name, bytes }) => ({ name, sha256: sha256Hex(bytes) })));
  return [...files, { name: 'sha256sum.txt', bytes: Buffer.from(sums) }].sort((a, b) => compareBytes(a.name, b.name));
}

/** Writes all tools and `sha256sum.txt` into a folder, which is made. Throws `STORAGE_FULL` and `OCI_…` errors. */
export async function writeTools(
  payload: Payload,
  folder: string,
  options: ToolOptions,
): Promise<readonly WrittenTool[]> {
  const written: WrittenTool[] = [];
  try {
    await mkdir(folder, { recursive: true });
    for await (const { name, body } of streamTools(payload, options)) {
      const hash = createHash('sha256');
      let size = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk);
          size += chunk.length;
          done(null, chunk);
        },
      });
      await pipeline(body, meter, createWriteStream(join(folder, name), { flush: true }));
      written.push({ name, size, sha256: hash.digest('hex') });
    }
    const sums = Buffer.from(checksums(written));
    await writeFile(join(folder, 'sha256sum.txt'), sums, { flush: true });
    written.push({ name: 'sha256sum.txt', size: sums.length, sha256: sha256Hex(sums) });
  } catch (error) {
    throw storageError(error, folder);
  }
  return written.sort((a, b) => compareBytes(a.name, b.name));
}
