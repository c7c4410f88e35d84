import { type ImageSource, loadList } from '../../oci/index.ts';
import type { PayloadFile } from '../files.ts';
import { isObject } from '../manifest/index.ts';
import type { JsonValue } from '../text/index.ts';
import type { Payload } from '../types.ts';
import { preparePayload } from './new-payload.ts';
import type { PreparedPayload, PrepareOptions } from './options.ts';

/** Something of a release that came out otherwise when it was made again. */
export interface Difference {
  readonly what: 'file' | 'layer' | 'configuration' | 'platform';
  /** Name of the file, number of the layer from 1, path in the configuration, or `os/architecture`. */
  readonly name: string;
  /** Undefined where the recorded release has no such thing. */
  readonly recorded: string | undefined;
  readonly made: string | undefined;
}

/** What making a release again showed (payload format § 1.13). */
export interface Reproduction {
  /** No difference: same files with the same modes and times, same layers, same configuration. */
  readonly equal: boolean;
  readonly differences: readonly Difference[];
  /** diffID of the payload layer: a release's identity, whoever compressed it. */
  readonly diffId: { readonly recorded: string | undefined; readonly made: string };
  /** Digests of the manifests, of a manifest list its own; for information: they may differ though all above is equal. */
  readonly digest: { readonly recorded: string; readonly made: string };
  /** The payload layer is the same but compressed to other bytes, as Go's deflate and zlib do. */
  readonly recompressed: boolean;
  /** Full sentences. */
  readonly warnings: readonly string[];
}

const describeFile = ({ bytes, mode, mtime }: PayloadFile): string =>
  `${bytes.length} bytes, mode ${mode.toString(8)}, ${new Date(mtime * 1000).toISOString()}`;

function sameFile(a: PayloadFile, b: PayloadFile): boolean {
  return a.mode === b.mode && a.mtime === b.mtime && Buffer.compare(a.bytes, b.bytes) === 0;
}

/** The line at which two texts part, for a reader who wants to know where to look. */
function parting(a: Uint8Array, b: Uint8Array): string {
  const [first, second] = [a, b].map((bytes) => Buffer.from(bytes).toString('utf8').split('\n'));
  const line = (first ?? []).findIndex((text, index) => text !== second?.[index]);
  return line === -1 ? '' : `, first difference in line ${line + 1}`;
}

function fileDifferences(recorded: readonly PayloadFile[], made: readonly PayloadFile[]): readonly Difference[] {
  const before = new Map(recorded.map((file) => [file.name, file]));
  const after = new Map(made.map((file) => [file.name, file]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  const changed = names.flatMap((name): Difference[] => {
    const [was, is] = [before.get(name), after.get(name)];
    if (was && is && sameFile(was, is)) return [];
    const where = was && is ? parting(was.bytes, is.bytes) : '';
    return [
      {
        what: 'file',
        name,
        recorded: was && describeFile(was),
        made: is && `${describeFile(is)}${where}`,
      },
    ];
  });
  const order = (files: readonly PayloadFile[]): string => files.map(({ name }) => name).join(' ');
  if (changed.length > 0 || order(recorded) === order(made)) return changed;
  return [{ what: 'file', name: '(order of the files)', recorded: order(recorded), made: order(made) }];
}

/** Differs between any two makings of one release: times of creation, and the size of the compressed layer. */
const VOLATILE: readonly string[] = ['created', 'history', 'size', 'rootfs'];

function configDifferences(recorded: Uint8Array, made: Uint8Array): readonly Difference[] {
  const [before, after] = [recorded, made].map((bytes): JsonValue => JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (!isObject(before) || !isObject(after)) return [];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => !VOLATILE.includes(key))
    .map((key): Difference => {
      const text = (value: JsonValue | undefined) => (value === undefined ? undefined : JSON.stringify(value));
      return { what: 'configuration', name: key, recorded: text(before[key]), made: text(after[key]) };
    })
    .filter(({ recorded, made }) => recorded !== made);
}

function layerDifferences(recorded: readonly string[], made: readonly string[]): readonly Difference[] {
  return Array.from({ length: Math.max(recorded.length, made.length) }, (_, index): Difference => {
    return { what: 'layer', name: String(index + 1), recorded: recorded[index], made: made[index] };
  }).filter((difference) => difference.recorded !== difference.made);
}

/** diffIDs of the images of a manifest list, by platform. */
async function platformDifferences(
  payload: Payload,
  made: PreparedPayload,
  source: ImageSource,
): Promise<readonly Difference[]> {
  if (payload.listDigest === undefined) return [];
  const list = (await loadList(source, payload.listDigest)) ?? [];
  const name = ({ os, architecture, variant }: (typeof list)[number]['platform']): string =>
    [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
  const layers = (diffIds: readonly string[] | null): string => (diffIds ?? []).join(' ');
  const recorded = new Map(list.map(({ platform, image }) => [name(platform), layers(image.config.rootfs.diff_ids)]));
  const again = new Map(
    (made.platforms?.members ?? []).map(({ platform, base }) => [
      name(platform),
      layers([...base.config.rootfs.diff_ids, made.layer.diffId]),
    ]),
  );
  return [...new Set([...recorded.keys(), ...again.keys()])]
    .map((key): Difference => ({ what: 'platform', name: key, recorded: recorded.get(key), made: again.get(key) }))
    .filter((difference) => difference.recorded !== difference.made);
}

/**
 * Makes a release again from its own `image-references` and metadata, pushes nothing, and compares: diffIDs, every file
 * of the payload layer, the configuration without its times (payload format § 1.13; oc compares digests, which other
 * compressors change, and forgets `--include`, B5). Throws `PAYLOAD_…` and `OCI_…` errors where an input is gone.
 */
export async function reproducePayload(
  payload: Payload,
  options: Pick<PrepareOptions, 'resolve' | 'concurrency' | 'onProgress'>,
): Promise<Reproduction> {
  const made = await preparePayload(
    { fromRelease: payload },
    {
      // Picked one by one: any option more would make it another release.
      resolve: options.resolve,
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
      creationTimestamp: new Date(payload.imageReferences.creationTimestamp ?? payload.image.config.created ?? 0),
      architecture: payload.image.config.architecture,
      ...(payload.listDigest === undefined ? {} : { keepManifestList: true }),
    },
  );
  const recordedLayers = payload.image.config.rootfs.diff_ids;
  const recordedLayer = recordedLayers[payload.payloadLayer];
  const madeConfig: { rootfs: { diff_ids: readonly string[] } } = JSON.parse(
    Buffer.from(made.image.config).toString('utf8'),
  );
  const differences = [
    ...fileDifferences(payload.files, made.files),
    ...layerDifferences(recordedLayers, madeConfig.rootfs.diff_ids),
    ...configDifferences(payload.image.rawConfig, made.image.config),
    ...(await platformDifferences(payload, made, options.resolve(payload.pullSpec))),
  ];
  return {
    equal: differences.length === 0,
    differences,
    diffId: { recorded: recordedLayer, made: made.layer.diffId },
    digest: { recorded: payload.listDigest ?? payload.digest, made: (made.platforms?.list ?? made.image).digest },
    recompressed:
      recordedLayer === made.layer.diffId &&
      payload.image.manifest.layers[payload.payloadLayer]?.digest !== made.layer.digest,
    warnings: made.warnings,
  };
}
