import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** The vectors stand beside the repository, where they are present. */
const VECTORS = fileURLToPath(new URL('../../../../shared/vectors/payload/', import.meta.url));

/** Path of a file of the payload vectors; skips the test where they are not present. */
export function shared(t: TestContext, path: string): string | undefined {
  if (existsSync(VECTORS)) return `${VECTORS}${path}`;
  t.skip('../shared is not here');
  return undefined;
}

/** Parses a file of function-level vectors. */
export function vectors<T>(t: TestContext, name: string): readonly T[] {
  const path = shared(t, `vectors/${name}`);
  return path === undefined ? [] : JSON.parse(readFileSync(path, 'utf8'));
}

/** What `oc` printed to standard output in a recorded run. */
export function goldenOutput(path: string): string {
  const text = readFileSync(path, 'utf8');
  return text.slice(text.indexOf('--- stdout\n') + '--- stdout\n'.length, text.lastIndexOf('--- stderr'));
}

/** Files of a tar.gz archive, with what tests compare. */
export async function readTarGz(
  bytes: Uint8Array,
): Promise<
  readonly { name: string; type: string; mode: number; mtime: number; link: string | undefined; content: Buffer }[]
> {
  const files: {
    name: string;
    type: string;
    mode: number;
    mtime: number;
    link: string | undefined;
    content: Buffer;
  }[] = [];
  const archive = extract();
  archive.end(gunzipSync(bytes));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    const { name, type, mode, mtime, linkname } = entry.header;
    files.push({
      name,
      type: type ?? 'file',
      mode: mode ?? 0,
      mtime: (mtime?.getTime() ?? 0) / 1000,
      link: linkname ?? undefined,
      content: Buffer.concat(chunks),
    });
  }
  return files;
}
