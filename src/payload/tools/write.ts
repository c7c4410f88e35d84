import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256Hex, writeStaged } from '../../util/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';
import {
  type CommandStream,
  checksums,
  streamCommand,
  streamTools,
  type ToolOptions,
  type ToolStream,
} from './extract.ts';

export interface WrittenTool {
  readonly name: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

async function writeStream({ name, body }: ToolStream, folder: string, mode?: number): Promise<WrittenTool> {
  const hash = createHash('sha256');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const file = createWriteStream(join(folder, name), {
    flush: true,
    flags: 'wx',
    ...(mode === undefined ? {} : { mode }),
  });
  await pipeline(body, meter, file);
  return { name, size, sha256: hash.digest('hex') };
}

const byName = (written: readonly WrittenTool[]): readonly WrittenTool[] =>
  [...written].sort((a, b) => compareBytes(a.name, b.name));

/**
 * Writes all tools, `release.txt` and `sha256sum.txt` into a folder, which is made; all of them or none. Checksums are
 * of the archives as they are written: patched and signed. Throws `STORAGE_…`, `OCI_…` and `PAYLOAD_…` errors.
 */
export async function writeTools(
  payload: Payload,
  folder: string,
  options: ToolOptions,
): Promise<readonly WrittenTool[]> {
  return await writeStaged(folder, async (staging) => {
    const written: WrittenTool[] = [];
    for await (const tool of streamTools(payload, options)) written.push(await writeStream(tool, staging));
    const sums = Buffer.from(checksums(written));
    await writeFile(join(staging, 'sha256sum.txt'), sums, { flush: true });
    return byName([...written, { name: 'sha256sum.txt', size: sums.length, sha256: sha256Hex(sums) }]);
  });
}

/** Writes one program into a folder, executable and with its time. Throws what `streamCommand` throws, and `STORAGE_…`. */
export async function writeCommand(
  payload: Payload,
  command: string,
  folder: string,
  options: ToolOptions,
): Promise<readonly WrittenTool[]> {
  return await writeStaged(folder, async (staging) => {
    const written: WrittenTool[] = [];
    for await (const tool of streamCommand(payload, command, options)) written.push(await place(tool, staging));
    return byName(written);
  });
}

async function place(tool: CommandStream, staging: string): Promise<WrittenTool> {
  const written = await writeStream(tool, staging, tool.mode);
  await utimes(join(staging, tool.name), tool.mtime, tool.mtime);
  return written;
}
