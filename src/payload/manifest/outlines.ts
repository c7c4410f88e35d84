import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { breather, LastAsked, SlipwayError, systemCode, writeFileAtomic } from '../../util/index.ts';
import type { PayloadFiles } from '../files.ts';
import { type FileOutline, outlines, parseOutlines } from './outline.ts';

/** An outline of a real payload takes about a megabyte. */
const KEPT = 16;

/**
 * Outlines of payloads, which never change under their digest: parsing the thousands of objects of a real one takes
 * seconds. Those asked for last are kept in memory, all of them in a folder. Who parses lets others have their turn.
 */
export class ManifestOutlines {
  readonly #folder: string;
  readonly #kept = new LastAsked<readonly FileOutline[]>(KEPT);

  /** `folder` is a cache: what is in it may be deleted at any time. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async of(payload: PayloadFiles): Promise<readonly FileOutline[]> {
    return await this.#kept.of(payload.digest, () => this.#read(payload));
  }

  async #read({ digest, files }: PayloadFiles): Promise<readonly FileOutline[]> {
    // Another version may keep something else: the name says which this is.
    const path = join(this.#folder, `${digest.replace(':', '-')}.1.json`);
    const kept = await readKept(path);
    if (kept !== undefined) return kept;
    const made: FileOutline[] = [];
    const breathe = breather();
    for (const outline of outlines(files)) {
      made.push(outline);
      await breathe();
    }
    await writeFileAtomic(path, JSON.stringify(made));
    return made;
  }
}

/** `undefined` where there is none, or one that is damaged: it is made again. */
async function readKept(path: string): Promise<readonly FileOutline[] | undefined> {
  try {
    return parseOutlines(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const damaged = error instanceof SyntaxError || error instanceof SlipwayError;
    if (damaged || systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
