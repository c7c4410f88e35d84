import { pipeline, type Readable, Transform } from 'node:stream';
import { SlipwayError } from '../util/index.ts';
import { type Digest, hasherFor, hexOf } from './digest.ts';

const CHUNK = 1 << 20;

/**
 * Checks bytes as they pass: exactly `size` of them, with this digest. At its end the stream fails with
 * `OCI_BLOB_TRUNCATED` or `OCI_DIGEST_MISMATCH`. Memory: a few chunks.
 */
export function verified(
  content: Readable,
  expected: { readonly digest: Digest; readonly size: number },
  image: string,
): Readable {
  const { digest, size } = expected;
  const place = { image };
  const mismatch = (reason: string): SlipwayError =>
    new SlipwayError('OCI_DIGEST_MISMATCH', `the content is not ${digest}: ${reason}.`, { place });
  const hash = hasherFor(digest);
  let seen = 0;
  const check = new Transform({
    readableHighWaterMark: CHUNK,
    writableHighWaterMark: CHUNK,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > size) return done(mismatch(`it is longer than the ${size} bytes its descriptor states`));
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen < size) {
        const message = `the content ${digest} ends after ${seen} of ${size} bytes.`;
        return done(new SlipwayError('OCI_BLOB_TRUNCATED', message, { place }));
      }
      const actual = hash.digest('hex');
      done(actual === hexOf(digest) ? null : mismatch(`its bytes have ${actual}`));
    },
  });
  // Errors, and an end before its time, reach whoever reads the result.
  return pipeline(content, check, () => {});
}
