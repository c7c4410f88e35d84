import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** A file of a layer that is kept: its content, or `too-large` for one longer than the limit. */
export type Kept = Buffer | 'too-large';

/**
 * Takes in files of a layer while the layer goes on: awaiting each of 100,000 files that nobody wants would cost a
 * tenth of an audit's time. What breaks off is not handed on; the layer's reader throws the reason.
 */
export class FileKeeper {
  readonly #open = new Set<Readable>();

  /**
   * Reads a file only as far as it is of interest: `wanted` sees its first `length` bytes or more (fewer when the file
   * is shorter) and decides whether the whole content, of at most `limit` bytes, goes to `keep`.
   */
  keepIf(
    body: Readable,
    length: number,
    wanted: (first: Buffer) => boolean,
    limit: number,
    keep: (content: Kept) => void,
  ): void {
    const chunks: Buffer[] = [];
    let size = 0;
    let decided = false;
    const stop = (): void => {
      body.off('data', onData);
      body.off('end', onEnd);
      this.#open.delete(body);
    };
    const decide = (): boolean => {
      const [only] = chunks;
      decided = wanted(chunks.length === 1 && only ? only : Buffer.concat(chunks));
      if (!decided) stop();
      return decided;
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (!decided && (size < length || !decide())) return;
      if (size <= limit) return;
      stop();
      keep('too-large');
    };
    const onEnd = (): void => {
      if (!decided && !decide()) return;
      stop();
      keep(Buffer.concat(chunks));
    };
    this.#open.add(body);
    body.on('data', onData);
    body.on('end', onEnd);
  }

  /** Waits for the last files: a reader may be through with a layer before their ends are told. */
  async settled(): Promise<void> {
    for (const body of [...this.#open]) if (this.#open.has(body)) await once(body, 'end');
  }
}
