import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { unstalled } from './stall.ts';

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

/** What a download does when nothing comes. */
export interface DownloadOptions {
  /** Byte to begin with. */
  readonly start?: number;
  /** Milliseconds before the first further try, doubled each time. */
  readonly backoff: number;
  /** Milliseconds to wait for the next bytes. */
  readonly idle: number;
  /** Repository, for messages. */
  readonly image: string;
}

/**
 * A download that goes on where the connection broke or stalled, by Range requests, as long as each brings something.
 * What the registry refuses is not tried again. Memory: the chunk under way. Throws `OCI_REGISTRY_UNREACHABLE` when it
 * gives up.
 */
export async function resumable(open: (start: number) => Promise<Piece>, options: DownloadOptions): Promise<Readable> {
  const first = await open(options.start ?? 0);
  const download: Download = { body: first.body, left: false };
  const chunks = pieces(first, open, options, download);
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
  { start = 0, backoff, idle, image }: DownloadOptions,
  download: Download,
): AsyncGenerator<Buffer, void, undefined> {
  let received = start;
  let fruitless = 0;
  for (let piece = first; ; ) {
    let at = piece.start;
    const before = received;
    try {
      for await (const chunk of unstalled(piece.body, { idle })) {
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
      if (error instanceof SlipwayError) throw error;
      if (fruitless >= FRUITLESS) {
        const message = `the download broke off after ${received} bytes, again and again: ${messageOf(error)}.`;
        throw new SlipwayError('OCI_REGISTRY_UNREACHABLE', message, { place: { image }, cause: error });
      }
      await sleep(backoff * 2 ** fruitless);
      piece = await open(received);
      download.body = piece.body;
      // Left while it was opened.
      if (download.left) return void piece.body.destroy();
    }
  }
}
