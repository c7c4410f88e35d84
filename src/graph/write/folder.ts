import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Type } from 'typebox';
import type { ImageSource, LoadedImage } from '../../oci/index.ts';
import {
  makeFolders,
  mapLimit,
  parserOf,
  readJson,
  SlipwayError,
  sha256Hex,
  storageError,
  systemCode,
  writeFileAtomic,
} from '../../util/index.ts';
import type { AnswerNode } from '../types.ts';
import type { ImageBase } from './image.ts';
import { type GraphIndex, parseGraphIndex } from './index-file.ts';
import type { Site } from './site.ts';

const AT_ONCE = 8;

const parseNodes = parserOf(
  Type.Object({
    nodes: Type.Array(
      Type.Object({
        version: Type.String(),
        payload: Type.String(),
        metadata: Type.Record(Type.String(), Type.String()),
      }),
    ),
  }),
  'GRAPH_INDEX_MISMATCH',
);

/** What a folder holds of an earlier publication. */
export interface Published {
  readonly index: GraphIndex | undefined;
  readonly nodes: (path: string) => Promise<readonly AnswerNode[] | undefined>;
}

/** Reads a file below a folder; undefined where it is not. Paths that lead outside are refused. */
export function folderReader(folder: string): (path: string) => Promise<Uint8Array | undefined> {
  const root = resolve(folder);
  return async (path) => {
    const file = resolve(root, path);
    if (!file.startsWith(`${root}${sep}`))
      throw new SlipwayError('GRAPH_INDEX_INVALID', 'the path leads outside the folder.', { place: { file: path } });
    try {
      return await readFile(file);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  };
}

/** What was published in a folder before; nothing in a new one. Throws `GRAPH_INDEX_INVALID`. */
export async function published(folder: string): Promise<Published> {
  const read = folderReader(folder);
  const bytes = await read('index.json');
  const index = bytes === undefined ? undefined : parseGraphIndex(bytes, join(folder, 'index.json'));
  return {
    index,
    nodes: async (path) => {
      const answer = index === undefined ? undefined : await read(path);
      if (answer === undefined) return undefined;
      return parseNodes(readJson(Buffer.from(answer).toString('utf8')), { file: path }).nodes;
    },
  };
}

/**
 * Writes a publication: new files first, each whole or not at all, then signatures and the index, then what is no
 * longer named goes. Files that are there already with the same digest are not touched. Returns how many were written.
 */
export async function writeSite(
  folder: string,
  site: Site,
  signatures: ReadonlyMap<string, string>,
  before: GraphIndex | undefined,
): Promise<number> {
  const read = folderReader(folder);
  let written = 0;
  await mapLimit(site.files, AT_ONCE, async ([path, bytes]) => {
    const known = before?.files[path];
    if (known !== undefined && known.size === bytes.length && known.sha256 === sha256Hex(bytes)) {
      const there = await read(path);
      if (there !== undefined && sha256Hex(there) === known.sha256) return;
    }
    await writeWhole(join(folder, path), bytes);
    written++;
  });
  for (const [path, text] of signatures) await writeFileAtomic(join(folder, path), text);
  await writeFileAtomic(join(folder, 'index.json'), site.index);
  for (const path of ['index.dsse.json', 'index.json.asc'])
    if (!signatures.has(path)) await rm(join(folder, path), { force: true });
  for (const path of Object.keys(before?.files ?? {}))
    if (!site.files.has(path)) await rm(join(folder, path), { force: true });
  return written;
}

/** Like `writeFileAtomic`, but not synced to the disk one by one: a file that was lost is written by the next run. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `.${sha256Hex(file).slice(0, 16)}.tmp`);
  try {
    await makeFolders(dirname(file));
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw storageError(error, file);
  }
}

/** What the graph-data image needs to know of its base. */
export function imageBase({ manifest, config }: LoadedImage): ImageBase {
  return {
    architecture: config.architecture ?? 'amd64',
    diffIds: config.rootfs.diff_ids,
    layers: manifest.layers,
    env: config.config?.Env ?? [],
  };
}

/** Copies the layers of a base beside the graph-data image; streams, so memory does not depend on their size. */
export async function copyBaseLayers(source: ImageSource, base: LoadedImage, folder: string): Promise<void> {
  for (const layer of base.manifest.layers) {
    const file = join(folder, 'graph-data-image', 'blobs', layer.digest.replace(':', '/'));
    await makeFolders(dirname(file));
    await pipeline(await source.blob(layer), createWriteStream(file));
  }
}
