import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Program } from './readme.ts';
import { readmeOf } from './readme.ts';
import { writeZip } from './zip.ts';

/** What goes into one archive. */
export interface ArchiveContent {
  readonly program: Program;
  /** Name of the program in the archive. */
  readonly binary: string;
  /** Another name for it, as a hard link. */
  readonly link?: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly body: Readable;
}

async function writeTar(tar: ReturnType<typeof pack>, content: ArchiveContent): Promise<void> {
  const { program, binary, link, size, mtime: seconds, body } = content;
  const mtime = new Date(seconds * 1000);
  tar.entry(
    { name: 'README.md', mode: 0o644, mtime },
    readmeOf(program, link === undefined ? [binary] : [binary, link]),
  );
  await pipeline(body, tar.entry({ name: binary, mode: 0o755, mtime, size }));
  if (link !== undefined) tar.entry({ name: link, type: 'link', linkname: binary, mode: 0o755, mtime });
  tar.finalize();
}

/**
 * A tar.gz or, for `.zip` names, a zip archive with README.md and a program; the same content gives the same bytes (of
 * one zlib). Streams: memory does not grow with the program.
 */
export function archive(name: string, content: ArchiveContent): Readable {
  if (name.endsWith('.zip')) {
    const readme = Buffer.from(readmeOf(content.program, [content.binary]).replaceAll('\n', '\r\n'));
    return writeZip([
      { name: 'README.md', mode: 0o644, mtime: content.mtime, body: [readme] },
      { name: content.binary, mode: 0o755, mtime: content.mtime, body: content.body },
    ]);
  }
  const tar = pack();
  const out = new PassThrough();
  // the level that oc uses: programs are large and compress little more above it
  pipeline(tar, createGzip({ level: 3 }), out).catch((error: unknown) => out.destroy(error as Error));
  writeTar(tar, content).catch((error: unknown) => tar.destroy(error as Error));
  return out;
}
