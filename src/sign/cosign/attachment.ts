import { Type } from 'typebox';
import { Nullable, parserOf, readJson, SlipwayError, sha256Hex } from '../../util/index.ts';
import { type CosignSignature, PAYLOAD_MEDIA_TYPE, SIGNATURE_ANNOTATION } from './signature.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

type Sha256 = `sha256:${string}`;

/** Content as a registry keeps it. */
export interface CosignBlob {
  readonly digest: Sha256;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** The image that carries signatures: `sha256-HEX.sig` beside the image that they are for (payload format § 3.4). */
export interface CosignAttachment {
  readonly tag: string;
  readonly mediaType: string;
  readonly manifest: Uint8Array;
  readonly blobs: readonly CosignBlob[];
}

/** An attachment as a registry has it, its configuration beside it. */
export interface StoredAttachment {
  readonly mediaType: string;
  readonly manifest: Uint8Array;
  /** Empty where the manifest names none. */
  readonly config: Uint8Array;
}

/** The tag under which cosign and containers/image look for the signatures of a digest. */
export function cosignTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

function blobOf(content: Uint8Array | object): CosignBlob {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return { digest: `sha256:${sha256Hex(bytes)}`, size: bytes.length, bytes };
}

function layerOf({ size, digest }: CosignBlob, signature: string) {
  return { mediaType: PAYLOAD_MEDIA_TYPE, size, digest, annotations: { [SIGNATURE_ANNOTATION]: signature } };
}

/** The attachment that holds this signature alone. The same signature, the same bytes. */
function newAttachment(digest: string, { payload, signature }: CosignSignature): CosignAttachment {
  const layer = blobOf(payload);
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = blobOf({ architecture: '', os: '', config: {}, rootfs });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, size: config.size, digest: config.digest },
    layers: [layerOf(layer, signature)],
  };
  return {
    tag: cosignTag(digest),
    mediaType: MANIFEST,
    manifest: Buffer.from(JSON.stringify(manifest)),
    blobs: [config, layer],
  };
}

const Descriptor = {
  mediaType: Type.String(),
  digest: Type.Unsafe<Sha256>(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
  size: Type.Integer({ minimum: 0 }),
};
const Layer = Type.Object({
  ...Descriptor,
  annotations: Type.Optional(Nullable(Type.Record(Type.String(), Type.String()))),
});
const Config = Type.Object({
  ...Descriptor,
  data: Type.Optional(Type.Unknown()),
  urls: Type.Optional(Type.Unknown()),
});
const parseManifest = parserOf(
  Type.Object({ config: Type.Optional(Config), layers: Type.Array(Layer, { maxItems: 128 }) }),
  'SIGN_ATTACHMENT_INVALID',
);
const parseConfig = parserOf(
  Type.Object({
    rootfs: Type.Optional(Nullable(Type.Object({ diff_ids: Type.Optional(Nullable(Type.Array(Type.String()))) }))),
    history: Type.Optional(Nullable(Type.Array(Type.Unknown()))),
  }),
  'SIGN_ATTACHMENT_INVALID',
);

/** A signed text is less than a kilobyte. */
const MOST_BYTES = 1 << 20;

function jsonOf(bytes: Uint8Array, what: string, image: string): unknown {
  try {
    return readJson(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new SlipwayError('SIGN_ATTACHMENT_INVALID', `the ${what} is not JSON.`, { place: { image }, cause });
  }
}

/**
 * What an attachment's manifest names: the signatures, their texts still to be fetched, and its configuration. Throws
 * `SIGN_ATTACHMENT_INVALID`.
 */
export function readCosignManifest(bytes: Uint8Array, image: string) {
  const { config, layers } = parseManifest(jsonOf(bytes, 'manifest', image), { image });
  const signatures = layers.flatMap(({ mediaType, digest, size, annotations }) => {
    const signature = annotations?.[SIGNATURE_ANNOTATION];
    if (mediaType !== PAYLOAD_MEDIA_TYPE || signature === undefined) return [];
    if (size <= MOST_BYTES) return [{ digest, size, signature }];
    throw new SlipwayError('SIGN_ATTACHMENT_INVALID', `a signed text of ${size} bytes is none.`, { place: { image } });
  });
  return { signatures, config: config && { digest: config.digest, size: config.size } };
}

/** The configuration with one layer more; one that is no image's configuration says nothing of layers, and stays. */
function longerConfig(mediaType: string | undefined, bytes: Uint8Array, layer: Sha256, image: string) {
  if (mediaType !== CONFIG) return undefined;
  const config = parseConfig(jsonOf(bytes, 'configuration', image), { image });
  const { rootfs, history } = config;
  return blobOf({
    ...config,
    ...(rootfs?.diff_ids ? { rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, layer] } } : {}),
    // As cosign appends: an entry a layer, where there are entries.
    ...(history ? { history: [...history, { created: '0001-01-01T00:00:00Z' }] } : {}),
  });
}

/**
 * The attachment with one signature more: what others have put there, their annotations and layers, stays as it is.
 * Throws `SIGN_ATTACHMENT_INVALID`.
 */
export function withSignature(
  digest: string,
  stored: StoredAttachment | undefined,
  signature: CosignSignature,
): CosignAttachment {
  if (stored === undefined) return newAttachment(digest, signature);
  const image = cosignTag(digest);
  const manifest = parseManifest(jsonOf(stored.manifest, 'manifest', image), { image });
  const layer = blobOf(signature.payload);
  const config = longerConfig(manifest.config?.mediaType, stored.config, layer.digest, image);
  // `data` and `urls` of a descriptor are its content and where that is (OCI image-spec 1.1, descriptor.md): the old one's.
  const { data: _data, urls: _urls, ...described } = manifest.config ?? {};
  const longer = {
    ...manifest,
    ...(config === undefined ? {} : { config: { ...described, size: config.size, digest: config.digest } }),
    layers: [...manifest.layers, layerOf(layer, signature.signature)],
  };
  return {
    tag: image,
    mediaType: stored.mediaType,
    manifest: Buffer.from(JSON.stringify(longer)),
    blobs: [...(config === undefined ? [] : [config]), layer],
  };
}
