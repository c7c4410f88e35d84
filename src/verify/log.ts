import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Output of a command, kept in a file up to a limit. */
export interface OutputLog {
  /** Rejects when the file cannot be written (disk full, no permission). */
  readonly written: Promise<void>;
  /** Takes in what is left and closes the file. Returns how many bytes were beyond the limit. */
  finish(): Promise<number>;
}

/** A process that left the group may hold the output open for ever; it is not waited for. */
const DRAIN_MS = 500;

/** Writes the streams, as they come, to a file of at most `limit` bytes and a note; memory is bounded by their buffers. */
export function collectOutput(streams: readonly Readable[], path: string, limit: number): OutputLog {
  const file = createWriteStream(path, { mode: 0o600 });
  const written = finished(file);
  let kept = 0;
  let dropped = 0;
  for (const stream of streams) {
    stream.on('data', (chunk: Buffer) => {
      const fits = chunk.subarray(0, limit - kept);
      kept += fits.length;
      dropped += chunk.length - fits.length;
      if (fits.length === 0 || file.write(fits)) return;
      stream.pause();
      file.once('drain', () => stream.resume());
    });
  }
  return {
    written,
    async finish() {
      const ends = Promise.allSettled(streams.map((stream) => finished(stream)));
      await Promise.race([ends, written, sleep(DRAIN_MS, undefined, { ref: false })]);
      for (const stream of streams) stream.destroy();
      if (dropped > 0) file.write(`\n[the log is limited to ${limit} bytes; ${dropped} more were left out]\n`);
      file.end();
      await written;
      return dropped;
    },
  };
}
