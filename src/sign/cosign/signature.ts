import { createPublicKey, type KeyObject } from 'node:crypto';
import { Type } from 'typebox';
import { Nullable, parserOf, readJson, SlipwayError, sha256Hex } from '../../util/index.ts';
import { identityObjection, type SignedIdentity } from '../identity.ts';
import { readAsContainers } from '../json/containers.ts';
import { parseStrictJson, type StrictJson } from '../json/strict.ts';
import type { Acceptance, AtomicSignature } from '../types.ts';
import { schemeOf } from './scheme.ts';

const TYPE = 'cosign container image signature';
const PAYLOAD_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';

/** A sigstore signature by a key: the signed text and the signature over it, in base64. */
export interface CosignSignature {
  readonly payload: Uint8Array;
  readonly signature: string;
}

/** Content as a registry keeps it. */
export interface CosignBlob {
  readonly digest: `sha256:${string}`;
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

/** The tag under which cosign and containers/image look for the signatures of a digest. */
export function cosignTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}

/**
 * Signs a digest under a name (`host/repository:tag`): the simple-signing text as cosign writes it, signed as
 * sigstore's LoadSigner does for the kind of key. A name with a tag holds for pulls by that tag and by digest (§ 3.3, the same identity rule).
 */
export function signCosign(
  content: { readonly digest: string; readonly reference: string },
  key: KeyObject,
): CosignSignature {
  const text = JSON.stringify({
    critical: {
      identity: { 'docker-reference': content.reference },
      image: { 'docker-manifest-digest': content.digest },
      type: TYPE,
    },
    optional: null,
  });
  const payload = Buffer.from(text);
  const scheme = schemeOf(key);
  if (scheme === undefined)
    throw new SlipwayError('SIGN_KEY_UNSUPPORTED', 'sigstore signatures are not made with keys of this kind.');
  return { payload, signature: scheme.sign(payload).toString('base64') };
}

function blobOf(bytes: Uint8Array): CosignBlob {
  return { digest: `sha256:${sha256Hex(bytes)}`, size: bytes.length, bytes };
}

/** The attachment that holds these signatures. Same signatures, same bytes. */
export function cosignAttachment(digest: string, signatures: readonly CosignSignature[]): CosignAttachment {
  const layers = signatures.map(({ payload, signature }) => ({ blob: blobOf(payload), signature }));
  const config = blobOf(
    Buffer.from(
      JSON.stringify({
        architecture: '',
        os: '',
        config: {},
        rootfs: { type: 'layers', diff_ids: layers.map(({ blob }) => blob.digest) },
      }),
    ),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: CONFIG, size: config.size, digest: config.digest },
    layers: layers.map(({ blob, signature }) => ({
      mediaType: PAYLOAD_MEDIA_TYPE,
      size: blob.size,
      digest: blob.digest,
      annotations: { [SIGNATURE_ANNOTATION]: signature },
    })),
  });
  return {
    tag: cosignTag(digest),
    mediaType: MANIFEST,
    manifest: Buffer.from(manifest),
    blobs: [config, ...layers.map(({ blob }) => blob)],
  };
}

const parseManifest = parserOf(
  Type.Object({
    layers: Type.Array(
      Type.Object({
        mediaType: Type.String(),
        digest: Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }),
        size: Type.Integer({ minimum: 0, maximum: 1 << 20 }),
        annotations: Type.Optional(Nullable(Type.Record(Type.String(), Type.String()))),
      }),
      { maxItems: 128 },
    ),
  }),
  'SIGN_ATTACHMENT_INVALID',
);

/** The signatures that an attachment's manifest names, their texts still to be fetched. Throws `SIGN_ATTACHMENT_INVALID`. */
export function readCosignManifest(bytes: Uint8Array, image: string) {
  let value: unknown;
  try {
    value = readJson(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new SlipwayError('SIGN_ATTACHMENT_INVALID', 'the manifest is not JSON.', { place: { image }, cause });
  }
  return parseManifest(value, { image }).layers.flatMap(({ mediaType, digest, size, annotations }) => {
    const signature = annotations?.[SIGNATURE_ANNOTATION];
    return mediaType === PAYLOAD_MEDIA_TYPE && signature !== undefined
      ? [{ digest: digest as `sha256:${string}`, size, signature }]
      : [];
  });
}

/** What the signed text says, read as containers/image reads it; a text says why it can not be read. */
function contentOf(payload: Uint8Array): AtomicSignature | string {
  let root: StrictJson;
  try {
    root = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return 'the signed text is not JSON';
  }
  try {
    return readAsContainers(root, { type: TYPE, optionalMayBeNull: true });
  } catch (error) {
    if (error instanceof SlipwayError) return `the signed text is refused: ${error.message}`;
    throw error;
  }
}

/** Go's base64: padded, no other letters; line ends do not count. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Did one of the keys make it? */
function madeBy({ payload, signature }: CosignSignature, keys: readonly KeyObject[]): boolean {
  const plain = signature.replace(/[\r\n]/g, '');
  if (!BASE64.test(plain)) return false;
  const value = Buffer.from(plain, 'base64');
  return keys.some((key) => schemeOf(key)?.verify(payload, value) ?? false);
}

/**
 * Whether one of the keys made the signature, and it is for this digest and this name: what CRI-O, podman and skopeo ask
 * of a `sigstoreSigned` policy with a key, and CRI-O of a ClusterImagePolicy with a public key.
 */
export function inspectCosign(
  signature: CosignSignature,
  keys: readonly KeyObject[],
  expected: { readonly digest: string; readonly reference?: string; readonly identity?: SignedIdentity },
): Acceptance {
  const reasons: string[] = [];
  if (!madeBy(signature, keys)) reasons.push('it was not made by any of the keys');
  const content = contentOf(signature.payload);
  if (typeof content === 'string') reasons.push(content);
  else {
    if (content.digest !== expected.digest) reasons.push(`it is for ${content.digest}, not for ${expected.digest}`);
    const identity =
      expected.reference === undefined
        ? undefined
        : identityObjection(expected.reference, content.reference, expected.identity);
    if (identity !== undefined) reasons.push(identity);
  }
  return { accepted: reasons.length === 0, reasons };
}

/** The public half of a key. */
export function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString();
}
