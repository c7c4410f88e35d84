import { breather, SlipwayError } from '../../util/index.ts';
import { METADATA_FILE, REFERENCES_FILE } from '../assemble/index.ts';
import type { PayloadFile } from '../files.ts';
import { isManifestFile, parseManifests } from '../manifest/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';
import type { ReadFile } from './types.ts';

/** Reads a file as the Cluster Version Operator would; what it refuses is kept as an error. */
export function readFile(file: PayloadFile): ReadFile {
  const text = Buffer.from(file.bytes).toString('utf8');
  if (!isManifestFile(file.name)) return { file, text, manifests: [], hidden: [] };
  try {
    return { file, text, manifests: parseManifests(file.bytes, file.name), hidden: [] };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { file, text, manifests: [], hidden: [], error };
  }
}

/** The manifests of a release, in the order of their names. Others have their turn meanwhile: it may take seconds. */
export async function readFiles({ files }: Payload): Promise<readonly ReadFile[]> {
  const read: ReadFile[] = [];
  const breathe = breather();
  const manifests = files.filter(({ name }) => name !== REFERENCES_FILE && name !== METADATA_FILE);
  for (const file of manifests.sort((a, b) => compareBytes(a.name, b.name))) {
    read.push(readFile(file));
    await breathe();
  }
  return read;
}
