import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, type Place, SlipwayError } from '../../util/index.ts';
import {
  BLOCK,
  decodeExtended,
  decodeHeader,
  EXTENDED,
  isZero,
  normalisePath,
  type Overrides,
} from '../layer/index.ts';

/** Where the content of a file stands in an archive. */
export interface Extent {
  readonly start: number;
  readonly size: number;
}

/** What a tar archive holds, by path: files, and links (symbolic or hard) to paths of the archive. */
export interface ArchiveIndex {
  readonly files: ReadonlyMap<string, Extent>;
  readonly links: ReadonlyMap<string, string>;
}

/** An archive of images has a few files a layer; one with more is made to exhaust memory. */
const MOST_ENTRIES = 100_000;
const LARGEST_EXTENDED = 1 << 20;

async function readAt(handle: FileHandle, start: number, length: number, place: Place): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
  if (bytesRead === length) return buffer;
  throw new SlipwayError('OCI_ARCHIVE_INVALID', 'the archive ends in its middle.', { place });
}

function targetOf(path: string, flag: string, linkname: string): string | undefined {
  // A symbolic link is relative to its folder, a hard link to the archive.
  if (flag === '1') return normalisePath(linkname);
  const parts = path.split('/').slice(0, -1);
  for (const part of linkname.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

/**
 * Lists a tar archive by its headers alone; contents are passed over unread. Throws `OCI_ARCHIVE_INVALID`, naming the
 * file.
 */
export async function indexArchive(file: string): Promise<ArchiveIndex> {
  const place = { file };
  const handle = await open(file);
  try {
    const { size: end } = await handle.stat();
    const files = new Map<string, Extent>();
    const links = new Map<string, string>();
    let overrides: Overrides = {};
    for (let at = 0; at + BLOCK <= end; ) {
      const block = await readAt(handle, at, BLOCK, place);
      at += BLOCK;
      if (isZero(block)) break;
      const header = decodeHeader(block, overrides, place);
      const padded = Math.ceil(header.size / BLOCK) * BLOCK;
      if (EXTENDED.includes(header.flag)) {
        if (header.size > LARGEST_EXTENDED)
          throw new SlipwayError('OCI_ARCHIVE_INVALID', `an extended header claims ${header.size} bytes.`, { place });
        overrides = {
          ...overrides,
          ...decodeExtended(header.flag, await readAt(handle, at, header.size, place), place),
        };
        at += padded;
        continue;
      }
      overrides = {};
      if (files.size + links.size >= MOST_ENTRIES)
        throw new SlipwayError('OCI_ARCHIVE_INVALID', `it has more than ${MOST_ENTRIES} entries.`, { place });
      const path = normalisePath(header.name);
      if (path === undefined)
        throw new SlipwayError('OCI_ARCHIVE_INVALID', `"${header.name}" leaves the archive.`, { place });
      if (header.flag === '0' || header.flag === '7') {
        if (at + header.size > end)
          throw new SlipwayError('OCI_ARCHIVE_INVALID', `the archive ends in the middle of ${path}.`, { place });
        files.set(path, { start: at, size: header.size });
      } else if (header.flag === '1' || header.flag === '2') {
        const target = targetOf(path, header.flag, header.linkname);
        if (target !== undefined) links.set(path, target);
      }
      at += padded;
    }
    return { files, links };
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_ARCHIVE_INVALID') throw error;
    throw new SlipwayError('OCI_ARCHIVE_INVALID', `the file is no tar archive: ${messageOf(error)}`, {
      place,
      cause: error,
    });
  } finally {
    await handle.close();
  }
}
