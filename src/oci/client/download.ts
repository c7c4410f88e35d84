import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError } from '../../util/index.ts';

/** Tries in a row that brought nothing. */
const FRUITLESS = 3;

/** Content from a byte on; a server that does not know ranges begins at 0 whatever was asked for. */
export interface Piece {
  readonly start: number;
  readonly body: Readable;
}

/** A download under way. */
interface Download {
  body: Readable;
  left: boolean;
}

/**
 * A download that goes on where the connection broke, by Range requests, as long as each brings something. What the
 * registry refuses is not tried again. `backoff` in milliseconds. Memory: the chunk under way.
 */
export async function resumable(open: (start: number) => Promise<Piece>, backoff: number): Promise<Readable> {
  const first = await open(0);
  const download: Download = { body: first.body, left: false };
  const chunks = pieces(first, open, backoff, download);
  return new Readable({
    highWaterMark: 1 << 20,
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    // Who leaves does not wait for the registry's next byte.
    destroy(error, done) {
      download.left = true;
      download.body.destroy();
      done(error);
    },
  });
}

async function* pieces(
  first: Piece,
  open: (start: number) => Promise<Piece>,
  backoff: number,
  download: Download,
): AsyncGenerator<Buffer, void, undefined> {
  let received = 0;
  let fruitless = 0;
  for (let piece = first; ; ) {
    let at = piece.start;
    const before = received;
    try {
      for await (const chunk of piece.body as AsyncIterable<Buffer>) {
        const fresh = chunk.subarray(Math.max(0, received - at));
        at += chunk.length;
        received += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
      return;
    } catch (error) {
      piece.body.destroy();
      if (download.left) return;
      fruitless = received > before ? 0 : fruitless + 1;
      if (error instanceof SlipwayError || fruitless >= FRUITLESS) throw error;
      await sleep(backoff * 2 ** fruitless);
      piece = await open(received);
      download.body = piece.body;
      // Left while it was opened.
      if (download.left) return void piece.body.destroy();
    }
  }
}
