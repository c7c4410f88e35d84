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

async function writeStream(
  { name, body }: ToolStream,
  folder: string,
  { signal, mode }: { readonly signal?: AbortSignal | undefined; readonly mode?: number },
): Promise<WrittenTool> {
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
  await pipeline(body, meter, file, { ...(signal === undefined ? {} : { signal }) });
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
  const { signal } = options;
  const write = async (staging: string): Promise<readonly WrittenTool[]> => {
    const written: WrittenTool[] = [];
    for await (const tool of streamTools(payload, options)) written.push(await writeStream(tool, staging, { signal }));
    const sums = Buffer.from(checksums(written));
    await writeFile(join(staging, 'sha256sum.txt'), sums, { flush: true });
    return byName([...written, { name: 'sha256sum.txt', size: sums.length, sha256: sha256Hex(sums) }]);
  };
  return await writeStaged(folder, write, signal);
}

/** Writes one program into a folder, executable and with its time. Throws what `streamCommand` throws, and `STORAGE_…`. */
export async function writeCommand(
  payload: Payload,
  command: string,
  folder: string,
  options: ToolOptions,
): Promise<readonly WrittenTool[]> {
  const write = async (staging: string): Promise<readonly WrittenTool[]> => {
    const written: WrittenTool[] = [];
    for await (const tool of streamCommand(payload, command, options))
      written.push(await place(tool, staging, options.signal));
    return byName(written);
  };
  return await writeStaged(folder, write, options.signal);
}

async function place(tool: CommandStream, staging: string, signal: AbortSignal | undefined): Promise<WrittenTool> {
  const written = await writeStream(tool, staging, { mode: tool.mode, signal });
  await utimes(join(staging, tool.name), tool.mtime, tool.mtime);
  return written;
}
