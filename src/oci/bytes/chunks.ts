import { Readable } from 'node:stream';

/** Chunks that are fetched before somebody asks for them. */
const AHEAD = 4;

/**
 * Chunks as a stream, each passed on as it is: a stream of bytes joins what waits in it, which is a copy of all that
 * passes. `leave` is called when the stream is closed before its end, and must end the wait for the next chunk.
 */
export function streamOf(chunks: AsyncGenerator<Buffer, void, undefined>, leave: () => void): Readable {
  let ended = false;
  const stream = new Readable({
    objectMode: true,
    highWaterMark: AHEAD,
    read() {
      chunks.next().then(
        ({ done, value }) => {
          ended = done === true;
          this.push(ended ? null : value);
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      if (!ended) {
        leave();
        // Whatever goes wrong in what was left is of no interest.
        chunks.return().catch(() => {});
      }
      done(error);
    },
  });
  // It may fail before anybody reads it, and tells when they do.
  stream.on('error', () => {});
  return stream;
}
