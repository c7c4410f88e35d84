import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { mapLimit, messageOf, readFileBounded, reasonOf, SlipwayError, systemCode } from '../../util/index.ts';

/** Graph-data is about 1 MB; more than this is something else. */
const MAX_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 16;

/** What a service reads of graph-data (update-graph § 2.1). */
function isConsumed(path: string): boolean {
  return (
    path === 'version' ||
    path === 'LICENSE' ||
    path === 'raw/metadata.json' ||
    /^(channels|blocked-edges|okd)\/[^/.][^/]*$/.test(path)
  );
}

/** Reads graph-data from a directory or a (gzipped) tar archive into path -> text. Throws `GRAPH_DATA_UNREADABLE`. */
export async function readGraphData(path: string): Promise<Map<string, string>> {
  try {
    return (await stat(path)).isDirectory() ? await readFolder(path) : await readArchive(path);
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw new SlipwayError('GRAPH_DATA_UNREADABLE', `graph-data could not be read: ${messageOf(cause)}.`, {
      place: { file: path },
      cause,
    });
  }
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ['', 'channels', 'blocked-edges', 'raw', 'okd']) {
    let entries: string[];
    try {
      entries = await readdir(join(folder, part));
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && part !== '') continue;
      throw error;
    }
    const paths = entries.sort().map((entry) => (part === '' ? entry : `${part}/${entry}`));
    const texts = await mapLimit(paths.filter(isConsumed), AT_ONCE, async (path) => {
      return [path, (await readFileBounded(join(folder, path))).toString('utf8')] as const;
    });
    for (const [path, text] of texts) files.set(path, text);
  }
  return files;
}

async function readArchive(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = extract();
  const unpack = async (): Promise<void> => {
    let size = 0;
    for await (const entry of archive) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_BYTES)
          throw new SlipwayError('GRAPH_DATA_UNREADABLE', 'the archive is far larger than graph-data can be.', {
            place: { file: path },
          });
        chunks.push(chunk);
      }
      if (entry.header.type === 'file')
        files.set(entry.header.name.replace(/^\.\//, ''), Buffer.concat(chunks).toString());
    }
  };
  const zipped = await startsWithGzip(path);
  const source = createReadStream(path);
  await Promise.all([zipped ? pipeline(source, createGunzip(), archive) : pipeline(source, archive), unpack()]);
  // an archive made by a forge holds everything in one folder named after the commit
  const [first] = files.keys();
  const top = files.has('version') || first === undefined ? '' : first.slice(0, first.indexOf('/') + 1);
  return new Map(
    [...files]
      .filter(([name]) => name.startsWith(top) && isConsumed(name.slice(top.length)))
      .map(([name, text]) => [name.slice(top.length), text] as const),
  );
}

async function startsWithGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 }) as AsyncIterable<Buffer>) return isGzip(chunk);
  return false;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Text of a file that may be gzipped. Throws `code` where it can not be read. */
export async function readText(file: string, code: string): Promise<string> {
  try {
    const bytes = await readFileBounded(file, { limit: MAX_BYTES });
    return (isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes).toString();
  } catch (cause) {
    throw new SlipwayError(code, `the file could not be read: ${reasonOf(cause)}.`, { place: { file }, cause });
  }
}
