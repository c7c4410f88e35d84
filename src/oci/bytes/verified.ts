import type { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';
import { type Digest, hasherFor, hexOf } from '../format/index.ts';
import { streamOf } from './chunks.ts';

/** A descriptor's promise. */
interface Expected {
  readonly digest: Digest;
  readonly size: number;
}

function mismatch({ digest }: Expected, reason: string, image: string): SlipwayError {
  return new SlipwayError('OCI_DIGEST_MISMATCH', `the content is not ${digest}: ${reason}.`, { place: { image } });
}

/**
 * Counts bytes as they pass: from `start` on exactly as many as the descriptor states. `see` is shown each chunk; `end`
 * may refuse the whole. Memory: the chunk under way.
 */
async function* checked(
  content: AsyncIterable<Buffer>,
  expected: Expected,
  image: string,
  { start = 0, see, end }: { readonly start?: number; see?(chunk: Buffer): void; end?(): void },
): AsyncGenerator<Buffer, void, undefined> {
  const { digest, size } = expected;
  let seen = start;
  for await (const chunk of content) {
    seen += chunk.length;
    if (seen > size) throw mismatch(expected, `it is longer than the ${size} bytes its descriptor states`, image);
    see?.(chunk);
    yield chunk;
  }
  if (seen < size) {
    const message = `the content ${digest} ends after ${seen} of ${size} bytes.`;
    throw new SlipwayError('OCI_BLOB_TRUNCATED', message, { place: { image } });
  }
  end?.();
}

/** Content that can be left while its next chunk is awaited. */
export interface Leavable extends AsyncIterable<Buffer> {
  destroy(): unknown;
}

/**
 * Checks bytes as they pass: exactly `size` of them, with this digest. At its end the stream fails with
 * `OCI_BLOB_TRUNCATED` or `OCI_DIGEST_MISMATCH`.
 */
export function verified(content: Leavable, expected: Expected, image: string): Readable {
  const hash = hasherFor(expected.digest);
  const chunks = checked(content, expected, image, {
    see: (chunk) => hash.update(chunk),
    end: () => {
      const actual = hash.digest('hex');
      if (actual !== hexOf(expected.digest)) throw mismatch(expected, `its bytes have ${actual}`, image);
    },
  });
  return streamOf(chunks, () => content.destroy());
}

/** Checks that the bytes from `start` on are as many as the descriptor leaves; their digest is for who has all of them. */
export function sized(content: Leavable, expected: Expected, start: number, image: string): Readable {
  return streamOf(checked(content, expected, image, { start }), () => content.destroy());
}
