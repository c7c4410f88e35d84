import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, systemCode } from '../../util/index.ts';
import { REFERENCES_FILE } from '../assemble/operator.ts';
import { parseImageStream } from '../stream/parse.ts';
import type { ImageStream } from '../stream/types.ts';
import { compareBytes } from '../text/go-json.ts';
import type { PayloadFile } from '../types.ts';

const FILE_LIMIT = 16 << 20;

/** Manifests of operators from folders on disk, in place of those in the images. */
export interface ManifestFolders {
  readonly folder: string;
  /** By operator, in byte order. */
  readonly operators: readonly { readonly tag: string; readonly files: readonly PayloadFile[] }[];
  /** The components, from an `image-references` beside the folders. */
  readonly imageStream?: ImageStream;
}

async function manifestsIn(folder: string): Promise<readonly PayloadFile[]> {
  const files: PayloadFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(folder, entry.name);
    const { size, mtimeMs, mode } = await stat(path);
    if (size > FILE_LIMIT) {
      throw new SlipwayError('PAYLOAD_MANIFEST_INVALID', `the manifest is larger than ${FILE_LIMIT} bytes.`, {
        place: { file: path },
      });
    }
    // Sub-seconds would make other bytes of the tar (payload format § 1.11).
    files.push({
      name: entry.name,
      bytes: await readFile(path),
      mode: mode & 0o777,
      mtime: Math.floor(mtimeMs / 1000),
    });
  }
  return files.sort((a, b) => compareBytes(a.name, b.name));
}

/**
 * Reads oc's `--from-dir`: each sub-folder is an operator with its manifests (sub-folders of those do not count, as in
 * an image's `/manifests`), and a file `image-references` beside them names the components.
 * Throws `PAYLOAD_FOLDER_INVALID`, `PAYLOAD_IMAGE_STREAM_INVALID`, `PAYLOAD_MANIFEST_INVALID`.
 */
export async function readManifestFolders(folder: string): Promise<ManifestFolders> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const missing = systemCode(cause) === 'ENOENT' || systemCode(cause) === 'ENOTDIR';
    if (!missing) throw cause;
    throw new SlipwayError('PAYLOAD_FOLDER_INVALID', 'there is no such folder.', { place: { file: folder }, cause });
  });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const operators = [];
  for (const tag of names.sort(compareBytes)) operators.push({ tag, files: await manifestsIn(join(folder, tag)) });
  const references = entries.find((entry) => entry.name === REFERENCES_FILE && entry.isFile());
  if (references === undefined) return { folder, operators };
  const path = join(folder, REFERENCES_FILE);
  return { folder, operators, imageStream: parseImageStream(await readFile(path), path) };
}
