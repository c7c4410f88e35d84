import { Readable } from 'node:stream';
import type { Descriptor, ImageSource } from '../../oci/index.ts';
import { stopped } from './errors.ts';

export interface MirrorProgress {
  /** Bytes that the target has, of those that the release is made of. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly blobs: number;
  readonly totalBlobs: number;
  /** Bytes that had to be sent, of `bytes`: what a rate is computed of. */
  readonly sent: number;
  /** Bytes of what the target had that were read to see whether they are right: of a folder all, of a registry none. */
  readonly checked: number;
}

/** Counts what passes, and ends it when asked to, also while nothing comes. */
function counted(content: Readable, count: (bytes: number) => void, signal: AbortSignal | undefined): Readable {
  const stop = (): void => void content.destroy(stopped());
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        count(chunk.length);
        yield chunk;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
  return Readable.from(chunks());
}

/** Counts the bytes of blobs as they pass, and tells. */
export class Meter {
  readonly #tell: ((progress: MirrorProgress) => void) | undefined;
  readonly #progress: { bytes: number; blobs: number; sent: number; checked: number };
  readonly #totals: { totalBytes: number; totalBlobs: number };

  constructor(blobs: readonly { readonly blob: Descriptor }[], tell?: (progress: MirrorProgress) => void) {
    this.#tell = tell;
    this.#progress = { bytes: 0, blobs: 0, sent: 0, checked: 0 };
    this.#totals = { totalBytes: blobs.reduce((sum, { blob }) => sum + blob.size, 0), totalBlobs: blobs.length };
    this.#say();
  }

  get state(): MirrorProgress {
    return { ...this.#progress, ...this.#totals };
  }

  /**
   * For one blob: `counting` a source whose bytes are counted, of one after the other where the first lacks it; `read`
   * counts what is checked, `done` what did not have to be sent, `lost` takes a blob that nobody has out of the totals.
   */
  of(blob: Descriptor, signal: AbortSignal | undefined) {
    let passed = 0;
    const reach = (at: number): void => {
      this.#progress.bytes += at - passed;
      passed = at;
    };
    const read = (at: number): void => {
      this.#progress.checked += Math.max(0, at - passed);
      reach(at);
      this.#say();
    };
    const start = (at: number): ((bytes: number) => void) => {
      // Another try begins anew, or where the last one ended.
      reach(at);
      return (bytes) => {
        passed += bytes;
        this.#progress.bytes += bytes;
        this.#progress.sent += bytes;
        this.#say();
      };
    };
    const counting = (source: ImageSource): ImageSource => {
      const from = source.blobFrom?.bind(source);
      return {
        name: source.name,
        manifest: (reference) => source.manifest(reference),
        blob: async (descriptor) => counted(await source.blob(descriptor), start(0), signal),
        ...(from === undefined
          ? {}
          : {
              blobFrom: async (descriptor: Descriptor, at: number) =>
                counted(await from(descriptor, at), start(at), signal),
            }),
      };
    };
    const done = (): void => {
      this.#progress.bytes += blob.size - passed;
      this.#progress.blobs += 1;
      this.#say();
    };
    const lost = (): void => {
      reach(0);
      this.#totals.totalBytes -= blob.size;
      this.#totals.totalBlobs -= 1;
      this.#say();
    };
    return { counting, done, lost, read };
  }

  #say(): void {
    this.#tell?.(this.state);
  }
}
