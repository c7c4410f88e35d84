import { Type } from 'typebox';
import {
  type Digest,
  digestOf,
  isDockerFamily,
  type LoadedImage,
  MEDIA,
  type Repository,
  readFiles,
  writeLayer,
} from '../../oci/index.ts';
import { Nullable, parserOf, SlipwayError } from '../../util/index.ts';

/** Bytes of a manifest; the Cluster Version Operator reads no larger ones either. */
const LIMIT = 4 << 20;

const parse = {
  config: parserOf(
    Type.Object({
      rootfs: Type.Object({ diff_ids: Type.Array(Type.String()) }),
      history: Type.Optional(Nullable(Type.Array(Type.Unknown()))),
    }),
    'OCI_CONFIG_INVALID',
  ),
  manifest: parserOf(
    Type.Object({ config: Type.Object({ mediaType: Type.String() }), layers: Type.Array(Type.Unknown()) }),
    'OCI_MANIFEST_INVALID',
  ),
};

const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8'));
const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** An address where it is a whole value: not a part of a longer one. */
function replaceAddress(text: string, from: string, to: string): string {
  return text
    .split('\n')
    .map((line) => (line.trimEnd().endsWith(` ${from}`) ? `${line.slice(0, line.lastIndexOf(from))}${to}` : line))
    .join('\n');
}

/**
 * The image of the update keys with the address of this engine's own signature store in place of the one that its
 * manifests were written with: a release whose store is elsewhere can not be verified with its own keys. One layer more
 * with the changed manifests, everything else as it was; same input, same digest. Throws `RELEASE_STORE_UNKNOWN` when no
 * manifest names the address.
 */
export async function withOwnStore(
  repository: Repository,
  image: LoadedImage,
  { component, from, to }: { readonly component: string; readonly from: string; readonly to: string },
): Promise<{ readonly digest: Digest; readonly sizeBytes: number }> {
  const files = await readFiles(repository, image, (path) => path.startsWith('manifests/'), { limit: LIMIT });
  const changed = [...files]
    .filter(([, { type }]) => type === 'file')
    .map(([path, file]) => {
      const before = file.content.toString('utf8');
      return { path, file, before, after: replaceAddress(before, from, to) };
    })
    .filter(({ before, after }) => before !== after)
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  if (changed.length === 0)
    throw new SlipwayError('RELEASE_STORE_UNKNOWN', `no manifest of it names the signature store ${from}.`, {
      place: { image: component, field: 'signing.store.address' },
    });
  const layer = writeLayer(
    changed.map(({ path, file, after }) => ({
      path,
      type: 'file',
      mode: file.mode,
      mtime: file.mtime,
      content: Buffer.from(after),
    })),
  );
  const place = { image: component };
  const oldConfig = parse.config(jsonOf(image.rawConfig), place);
  const created = image.config.created;
  const config = encode({
    ...oldConfig,
    rootfs: { ...oldConfig.rootfs, diff_ids: [...oldConfig.rootfs.diff_ids, layer.diffId] },
    history: [
      ...(oldConfig.history ?? []),
      { ...(created === undefined ? {} : { created }), created_by: `slipway: signatures are at ${to}` },
    ],
  });
  const oldManifest = parse.manifest(jsonOf(image.rawManifest), place);
  const mediaType = isDockerFamily(image.mediaType) ? MEDIA.dockerLayer : MEDIA.ociLayerGzip;
  const manifest = encode({
    ...oldManifest,
    config: { mediaType: oldManifest.config.mediaType, digest: digestOf(config), size: config.length },
    layers: [...oldManifest.layers, { mediaType, digest: layer.digest, size: layer.size }],
  });
  await repository.putBlob(layer, layer.bytes);
  await repository.putBlob({ digest: digestOf(config), size: config.length }, config);
  return {
    digest: await repository.putManifest(digestOf(manifest), image.mediaType, manifest),
    sizeBytes: image.manifest.layers.reduce((sum, { size }) => sum + size, layer.size),
  };
}
