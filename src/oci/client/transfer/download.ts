import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { given, messageOf, SlipwayError } from '../../../util/index.ts';
import { leastIn, nextWait, Silence, seconds, silent, unstalled } from '../http/stall.ts';

/** Tries in a row that brought nothing. */
const FRUITLESS = 3;

/** Content from a byte on; a server that does not know ranges begins at 0 whatever was asked for. */
export interface Piece {
  readonly start: number;
  readonly body: Readable;
}

/** Opens content at a byte; the registry may be silent for so many milliseconds until then. */
export type Opener = (start: number, silence?: number) => Promise<Piece>;

/** What a download does when nothing comes. */
export interface DownloadOptions {
  /** Byte to begin with. */
  readonly start?: number;
  /** Milliseconds before the first further try, doubled each time. */
  readonly backoff: number;
  /** Milliseconds that the registry may be silent in all, before more bytes come. */
  readonly idle: number;
  /** Told when nothing comes, and the registry is asked again. */
  readonly notice: (message: string) => void;
  /** Repository, for messages. */
  readonly image: string;
}

/**
 * A download that goes on where the connection broke or stalled, by Range requests, as long as each brings something.
 * What the registry refuses is not tried again. Memory: the chunk under way. Throws `OCI_REGISTRY_UNREACHABLE` or
 * `OCI_REGISTRY_SILENT` when it gives up.
 */
export async function resumable(open: Opener, options: DownloadOptions): Promise<Download> {
  return new Download(await open(options.start ?? 0), open, options);
}

/** A download under way: its chunks, and a way to leave it without waiting for the registry's next byte. */
class Download {
  readonly #open: Opener;
  readonly #options: DownloadOptions;
  #piece: Piece;
  #left = false;

  constructor(first: Piece, open: Opener, options: DownloadOptions) {
    this.#piece = first;
    this.#open = open;
    this.#options = options;
  }

  destroy(): void {
    this.#left = true;
    this.#piece.body.destroy();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const { start = 0, backoff, idle, image, notice } = this.#options;
    let received = start;
    let left = idle;
    for (let fruitless = 0; ; ) {
      const { start: first, body } = this.#piece;
      const before = received;
      const wait = nextWait(left, idle);
      let at = first;
      try {
        for await (const chunk of unstalled(body, wait)) {
          const fresh = chunk.subarray(Math.max(0, received - at));
          at += chunk.length;
          received += fresh.length;
          // a copy out of what the connection brought
          if (fresh.length > 0) yield given(fresh);
        }
        return;
      } catch (error) {
        body.destroy();
        if (this.#left) return;
        if (error instanceof SlipwayError) throw error;
        // what trickles is nothing
        const enough = error instanceof Silence ? leastIn(wait) : 1;
        const fruitful = received - before >= enough;
        if (fruitful) left = idle;
        fruitless = fruitful ? 0 : fruitless + 1;
        if (error instanceof Silence) {
          left -= wait;
          if (left <= 0) throw silent(`the download stopped after ${received} bytes`, idle, image, error);
          notice(
            `${image}: ${error.came} has come for ${seconds(wait)}; the download is asked to go on at byte ${received}.`,
          );
        } else if (fruitless >= FRUITLESS) {
          const message = `the download broke off after ${received} bytes, again and again: ${messageOf(error)}.`;
          throw new SlipwayError('OCI_REGISTRY_UNREACHABLE', message, { place: { image }, cause: error });
        } else await sleep(backoff * 2 ** fruitless);
        this.#piece = await this.#open(received, left);
        // Left while it was opened.
        if (this.#left) return void this.#piece.body.destroy();
      }
    }
  }
}
