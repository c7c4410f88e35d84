import { createPublicKey, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../util/index.ts';
import { identityObjection, type SignedIdentity } from '../identity.ts';
import { readAsContainers } from '../json/containers.ts';
import { parseStrictJson, type StrictJson } from '../json/strict.ts';
import type { Acceptance, AtomicSignature } from '../types.ts';
import { schemeOf } from './scheme.ts';

const TYPE = 'cosign container image signature';
export const PAYLOAD_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/** A sigstore signature by a key: the signed text and the signature over it, in base64. */
export interface CosignSignature {
  readonly payload: Uint8Array;
  readonly signature: string;
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
