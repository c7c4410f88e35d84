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

/**
 * A download that goes on where the connection broke, by Range requests, as long as each brings something. What the
 * registry refuses is not tried again. `backoff` in milliseconds. Memory: the chunk under way.
 */
export async function resumable(open: (start: number) => Promise<Piece>, backoff: number): Promise<Readable> {
  const first = await open(0);
  return Readable.from(pieces(first, open, backoff), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* pieces(
  first: Piece,
  open: (start: number) => Promise<Piece>,
  backoff: number,
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
      fruitless = received > before ? 0 : fruitless + 1;
      if (error instanceof SlipwayError || fruitless >= FRUITLESS) throw error;
      await sleep(backoff * 2 ** fruitless);
      piece = await open(received);
    }
  }
}
