import { pipeline, type Readable, Transform } from 'node:stream';
import { SlipwayError } from '../util/index.ts';
import { type Digest, hasherFor, hexOf } from './digest.ts';

const CHUNK = 1 << 20;

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
 * may refuse the whole. Memory: a few chunks.
 */
function checked(
  content: Readable,
  expected: Expected,
  image: string,
  { start = 0, see, end }: { readonly start?: number; see?(chunk: Buffer): void; end?(): Error | null },
): Readable {
  const { digest, size } = expected;
  let seen = start;
  const check = new Transform({
    readableHighWaterMark: CHUNK,
    writableHighWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > size)
        return done(mismatch(expected, `it is longer than the ${size} bytes its descriptor states`, image));
      see?.(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen < size) {
        const message = `the content ${digest} ends after ${seen} of ${size} bytes.`;
        return done(new SlipwayError('OCI_BLOB_TRUNCATED', message, { place: { image } }));
      }
      done(end?.() ?? null);
    },
  });
  // Errors, and an end before its time, reach whoever reads the result.
  return pipeline(content, check, () => {});
}

/**
 * Checks bytes as they pass: exactly `size` of them, with this digest. At its end the stream fails with
 * `OCI_BLOB_TRUNCATED` or `OCI_DIGEST_MISMATCH`.
 */
export function verified(content: Readable, expected: Expected, image: string): Readable {
  const hash = hasherFor(expected.digest);
  return checked(content, expected, image, {
    see: (chunk) => hash.update(chunk),
    end: () => {
      const actual = hash.digest('hex');
      return actual === hexOf(expected.digest) ? null : mismatch(expected, `its bytes have ${actual}`, image);
    },
  });
}

/** Checks that the bytes from `start` on are as many as the descriptor leaves; their digest is for who has all of them. */
export function sized(content: Readable, expected: Expected, start: number, image: string): Readable {
  return checked(content, expected, image, { start });
}
