import { pipeline, Readable, type Transform } from 'node:stream';
import { type ImageSource, loadImage } from '../../oci/index.ts';
import { SlipwayError, sha256Hex } from '../../util/index.ts';
import { formatInfo, payloadInfo } from '../info/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload, PayloadImage } from '../types.ts';
import { archive } from './archive.ts';
import { type Binary, readBinaries } from './binaries.ts';
import { MARKERS, MarkerPatch, type Replacement } from './markers.ts';
import { RELEASE_HEADING } from './readme.ts';
import { Resign } from './resign.ts';
import { platformsOf, TARGETS, type Target, type ToolSelection, targetsFor } from './targets.ts';

export interface ToolOptions {
  /** Opens the repository of a component's pull spec. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** Where the release will be pulled from, written into the installer; default the payload's own pull spec. */
  readonly pullSpec?: string;
  /** Which programs; default all that have no name of their own to ask for. */
  readonly select?: ToolSelection;
  /** Ends it with its reason; what was written until then is removed. */
  readonly signal?: AbortSignal;
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

function replacementsOf(target: Target, payload: Payload): readonly Replacement[] {
  const { platform } = payloadInfo(payload);
  const values = { image: payload.pullSpec, version: payload.metadata.version, architecture: platform };
  return target.markers.map((name) => ({ name, marker: MARKERS[name], value: values[name] }));
}

/** A program with its values, signed again where a change breaks its signature; errors of one stage end them all. */
function patched({ body }: Binary, target: Target, payload: Payload, warn: (message: string) => void): Readable {
  const patch = new MarkerPatch(replacementsOf(target, payload));
  const stages: Transform[] = [patch];
  // An arm64 Mac kills a program whose pages are not the signed ones; an Intel one lets an unsigned program run.
  const sign = target.os === 'darwin' && target.markers.length > 0 ? new Resign() : undefined;
  if (sign !== undefined) stages.push(sign);
  const out = stages.reduce<Readable>((from, to) => pipeline(from, to, () => undefined), body);
  const name = target.archive.join(payload.metadata.version);
  out.once('end', () => {
    if (patch.remaining.length > 0)
      warn(`${name}: the ${target.binary} has no place for ${patch.remaining.join(', ')}.`);
    if (sign?.resigned === false && target.arch === 'arm64')
      warn(`${name}: the ${target.binary} has no code signature that could be renewed; macOS will not run it.`);
  });
  return out;
}

interface Program {
  readonly target: Target;
  readonly size: number;
  readonly mtime: number;
  readonly body: Readable;
}

async function* ofImage(
  payload: Payload,
  component: PayloadImage,
  targets: readonly Target[],
  options: ToolOptions,
): AsyncGenerator<Program> {
  const warn = options.onWarning ?? (() => undefined);
  const source = options.resolve(component.pullSpec);
  const image = await loadImage(source, component.digest, { architecture: payload.image.config.architecture });
  const byPath = new Map(targets.map((target) => [target.path, target]));
  for await (const binary of readBinaries(source, image, [...byPath.keys()])) {
    const target = byPath.get(binary.path);
    if (target === undefined) continue;
    byPath.delete(binary.path);
    yield { target, size: binary.size, mtime: binary.mtime, body: patched(binary, target, payload, warn) };
  }
  for (const { path, optional } of byPath.values()) {
    if (optional !== true) warn(`The image of "${component.name}" has no /${path}.`);
  }
}

async function* programs(payload: Payload, options: ToolOptions): AsyncGenerator<Program> {
  const components = new Map(payload.images.map((image) => [image.name, image]));
  const targets = targetsFor(payload.image.config.architecture, new Set(components.keys()), options.select);
  for (const [image, own] of Map.groupBy(targets, (target) => target.image)) {
    const component = components.get(image);
    if (component !== undefined) yield* ofImage(payload, component, own, options);
    else if (own.some(({ optional }) => optional !== true))
      options.onWarning?.(`The release has no component "${image}", so none of its programs.`);
  }
}

function publishedAs(payload: Payload, { pullSpec }: ToolOptions): Payload {
  return pullSpec === undefined ? payload : { ...payload, pullSpec };
}

function noTools(payload: Payload, { os, arch }: NonNullable<ToolSelection['platform']>): SlipwayError {
  const platforms = platformsOf(payload.image.config.architecture, new Set(payload.images.map(({ name }) => name)));
  return new SlipwayError('PAYLOAD_TOOLS_MISSING', `the release has no tools for ${os}/${arch}.`, {
    place: { image: payload.reference, field: '--command-os' },
    hint:
      platforms.length === 0
        ? 'It has no component with tools.'
        : `Its components have tools for ${platforms.join(', ')}; "mac" is darwin, and "*" stands for all.`,
  });
}

/**
 * The client tools of a release, archive by archive, as `oc adm release extract --tools --command-os='*'` names them,
 * then `release.txt` (payload format § 2.5). Programs get the release's version and, the installer, its pull spec; those
 * for macOS a new ad-hoc signature. Throws `PAYLOAD_TOOLS_MISSING` when there are none for the platform that is asked
 * for. Reads each image once; memory does not grow with the programs. READMEs and the
 * heading of release.txt are OKD's own.
 */
export async function* streamTools(payload: Payload, options: ToolOptions): AsyncGenerator<ToolStream> {
  const published = publishedAs(payload, options);
  let found = false;
  for await (const { target, ...program } of programs(published, options)) {
    found = true;
    const name = target.archive.join(payload.metadata.version);
    yield { name, body: archive(name, { ...target, ...program }) };
  }
  const platform = options.select?.platform;
  if (!found && platform !== undefined) throw noTools(payload, platform);
  yield { name: 'release.txt', body: Readable.from([Buffer.from(releaseText(published))]) };
}

/** A program by itself, as `--command` extracts it; `mode` and `mtime` (seconds) are for its file. */
export interface CommandStream extends ToolStream {
  readonly mode: number;
  readonly mtime: number;
}

/**
 * The one program that `command` names, for one platform. Throws `PAYLOAD_COMMAND_UNKNOWN` when nobody knows it there,
 * `PAYLOAD_COMMAND_MISSING` when this release does not have it.
 */
export async function* streamCommand(
  payload: Payload,
  command: string,
  options: ToolOptions,
): AsyncGenerator<CommandStream> {
  const platform = options.select?.platform;
  const where = platform === undefined ? '' : ` for ${platform.os}/${platform.arch}`;
  const known = TARGETS.filter((target) => target.command === command);
  if (!known.some(({ os }) => platform === undefined || os === platform.os)) {
    throw new SlipwayError('PAYLOAD_COMMAND_UNKNOWN', `there is no command "${command}"${where}.`, {
      place: { field: '--command' },
      hint: `Commands are: ${[...new Set(TARGETS.map((target) => target.command))].sort(compareBytes).join(', ')}.`,
    });
  }
  const select = { command, ...(platform === undefined ? {} : { platform }) };
  let found = false;
  for await (const { target, mtime, body } of programs(publishedAs(payload, options), { ...options, select })) {
    found = true;
    yield { name: target.binary, mode: 0o755, mtime, body };
  }
  if (!found) {
    throw new SlipwayError('PAYLOAD_COMMAND_MISSING', `the release has no ${command}${where}.`, {
      place: { image: payload.reference },
      hint: 'It must be built with the component and for the architecture that has it.',
    });
  }
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
