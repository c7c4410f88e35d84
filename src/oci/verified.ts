import { type Readable, Transform } from 'node:stream';
import { SlipwayError } from '../util/index.ts';
import { type Digest, hasherFor, hexOf } from './digest.ts';

/** Checks bytes as they pass: exactly `size` of them, with this digest. Memory: one chunk. */
export function verified(
  content: Readable,
  expected: { readonly digest: Digest; readonly size: number },
  image: string,
): Readable {
  const hash = hasherFor(expected.digest);
  let seen = 0;
  const check = new Transform({
    readableHighWaterMark: 1 << 20,
    writableHighWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > expected.size)
        return done(
          mismatch(`it is longer than the ${expected.size} bytes its descriptor states`, expected.digest, image),
        );
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen < expected.size) {
        return done(
          new SlipwayError(
            'OCI_BLOB_TRUNCATED',
            `the content ${expected.digest} ends after ${seen} of ${expected.size} bytes.`,
            { place: { image } },
          ),
        );
      }
      const actual = hash.digest('hex');
      done(actual === hexOf(expected.digest) ? null : mismatch(`its bytes have ${actual}`, expected.digest, image));
    },
  });
  content.once('error', (error) => check.destroy(error));
  check.once('close', () => content.destroy());
  return content.pipe(check);
}

function mismatch(reason: string, digest: Digest, image: string): SlipwayError {
  return new SlipwayError('OCI_DIGEST_MISMATCH', `the content is not ${digest}: ${reason}.`, { place: { image } });
}
