import { createHash, type Hash } from 'node:crypto';
import { SlipwayError } from '../../util/index.ts';

/** Content address of a blob or manifest (OCI image-spec 1.1, § Descriptors, Digests): the two registered algorithms. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const GRAMMAR = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isDigest(text: string): text is Digest {
  return GRAMMAR.test(text);
}

/** Checks the text of a digest. Throws `OCI_DIGEST_INVALID`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new SlipwayError('OCI_DIGEST_INVALID', `"${text}" is not a digest.`, {
    hint: 'Expected sha256: and 64, or sha512: and 128 lower-case hex digits.',
  });
}

export function algorithmOf(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** A hash of the algorithm that `digest` uses. */
export function hasherFor(digest: Digest): Hash {
  return createHash(algorithmOf(digest));
}

/** sha256 of bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Whether bytes have a digest, whichever algorithm it uses. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  return hasherFor(digest).update(bytes).digest('hex') === hexOf(digest);
}
