import type { Dirent } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileBounded, SlipwayError, systemCode } from '../../../util/index.ts';
import { droppedWarning, REFERENCES_FILE } from '../../assemble/index.ts';
import type { DroppedEntry, PayloadFile } from '../../files.ts';
import { type ImageStream, parseImageStream } from '../../stream/index.ts';
import { compareBytes, goQuote } from '../../text/index.ts';

const FILE_LIMIT = 16 << 20;

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => compareBytes(a.name, b.name);

/** Manifests of operators from folders on disk, in place of those in the images. */
export interface ManifestFolders {
  readonly folder: string;
  /** By operator, in byte order. */
  readonly operators: readonly { readonly tag: string; readonly files: readonly PayloadFile[] }[];
  /** The components, from an `image-references` beside the folders. */
  readonly imageStream?: ImageStream;
  /** What was not read, in full sentences. */
  readonly notes: readonly string[];
}

/** What an entry of a folder is that is no file, in words; links are not followed, because they may lead anywhere. */
async function describe(path: string, entry: Dirent): Promise<string> {
  if (entry.isSymbolicLink()) return `a symbolic link to ${goQuote(await readlink(path))}`;
  return entry.isDirectory() ? 'a sub-folder' : 'neither file nor folder';
}

async function manifestsIn(folder: string) {
  const files: PayloadFile[] = [];
  const dropped: DroppedEntry[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isFile()) {
      dropped.push({ name: entry.name, what: await describe(path, entry) });
      continue;
    }
    const { size, mtimeMs, mode } = await stat(path);
    if (size > FILE_LIMIT) {
      throw new SlipwayError('PAYLOAD_MANIFEST_INVALID', `the manifest is larger than ${FILE_LIMIT} bytes.`, {
        place: { file: path },
      });
    }
    // Sub-seconds would make other bytes of the tar (payload format § 1.11).
    files.push({
      name: entry.name,
      bytes: await readFileBounded(path),
      mode: mode & 0o777,
      mtime: Math.floor(mtimeMs / 1000),
    });
  }
  return { files: files.sort(byName), dropped: dropped.sort(byName) };
}

/**
 * Reads oc's `--from-dir`: each sub-folder is an operator with its manifests (sub-folders of those do not count, as in
 * an image's `/manifests`), and a file `image-references` beside them names the components. Links are not followed; what
 * was left out is told in `notes`.
 * Throws `PAYLOAD_FOLDER_INVALID`, `PAYLOAD_IMAGE_STREAM_INVALID`, `PAYLOAD_MANIFEST_INVALID`.
 */
export async function readManifestFolders(folder: string): Promise<ManifestFolders> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const missing = systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR';
    if (!missing) throw cause;
    throw new SlipwayError('PAYLOAD_FOLDER_INVALID', 'there is no such folder.', { place: { file: folder }, cause });
  });
  const operators = [];
  const dropped: DroppedEntry[] = [];
  const notes: string[] = [];
  for (const entry of entries.sort(byName)) {
    const { name } = entry;
    const path = join(folder, name);
    if (entry.isDirectory() && name.startsWith('.')) dropped.push({ name, what: 'a hidden folder' });
    else if (entry.isDirectory()) {
      const read = await manifestsIn(path);
      operators.push({ tag: name, files: read.files });
      notes.push(...droppedWarning(`folder "${name}"`, read.dropped));
    } else if (!entry.isFile()) dropped.push({ name, what: await describe(path, entry) });
    else if (name !== REFERENCES_FILE) dropped.push({ name, what: 'a file beside the folders' });
  }
  notes.unshift(...droppedWarning(`folder ${goQuote(folder)}`, dropped));
  const references = entries.find((entry) => entry.name === REFERENCES_FILE && entry.isFile());
  if (references === undefined) return { folder, operators, notes };
  const path = join(folder, REFERENCES_FILE);
  return { folder, operators, notes, imageStream: parseImageStream(await readFileBounded(path), path) };
}
