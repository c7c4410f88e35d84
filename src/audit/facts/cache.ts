import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { messageOf, SlipwayError, sha256Hex, systemCode, writeFileAtomic } from '../../util/index.ts';
import { type PackageFiles, parsePackageFiles } from '../deep/index.ts';
import { type LayerFacts, parseLayerFacts } from '../model/index.ts';

/**
 * Keeps facts of layers. `get` gives `undefined` for what it does not have or can not read; whether facts are of the
 * wanted extractor and keyring is checked by who asks.
 */
export interface LayerFactsCache {
  get(layerDigest: string): Promise<LayerFacts | undefined>;
  put(layerDigest: string, facts: LayerFacts): Promise<void>;
  /** Lists of the files that packages signed, which only deep mode needs. Without them a layer is extracted again. */
  readonly files?: PackageFilesCache;
}

export interface PackageFilesCache {
  get(header: string): Promise<PackageFiles | undefined>;
  put(files: PackageFiles): Promise<void>;
}

/** A cache that can say what it holds. */
export interface FactsFolder extends LayerFactsCache {
  readonly files: PackageFilesCache;
  /** Digests of layers that have an entry, whole or not, in byte order. */
  layers(): Promise<string[]>;
  /** Headers whose list of files has an entry, in byte order. */
  headers(): Promise<string[]>;
}

/** For one run: layers of several images are extracted once. Holds all facts in memory, about 0.2 MB a layer. */
export function memoryCache(): LayerFactsCache {
  const facts = new Map<string, LayerFacts>();
  return {
    get: async (layerDigest) => facts.get(layerDigest),
    put: async (layerDigest, value) => {
      facts.set(layerDigest, value);
    },
  };
}

const HEADER = /^[0-9a-f]{64}$/u;
const DIGEST = /^(sha256|sha512):([0-9a-f]{64,128})$/u;

/**
 * Facts as files `<dir>/<algorithm>/<two hex digits>/<hex>.facts`, and lists of deep mode as
 * `<dir>/packages/<two hex digits>/<header>.files`: the sha256 of the JSON in the first line, then the
 * JSON. Writing is atomic. A damaged entry, or one of another version, is as good as none: the layer is extracted
 * again and the entry replaced. Errors: `STORAGE_FULL`, `STORAGE_DENIED`, `AUDIT_CACHE_UNREADABLE`.
 */
export function directoryCache(dir: string): FactsFolder {
  const fileOf = (layerDigest: string): string => {
    const [, algorithm, hex] = DIGEST.exec(layerDigest) ?? [];
    if (algorithm === undefined || hex === undefined) {
      throw new SlipwayError('AUDIT_DIGEST_INVALID', `"${layerDigest}" is not a digest.`);
    }
    return join(dir, algorithm, hex.slice(0, 2), `${hex}.facts`);
  };
  const listOf = (header: string): string => {
    if (!HEADER.test(header)) throw new SlipwayError('AUDIT_DIGEST_INVALID', `"${header}" is not a header's digest.`);
    return join(dir, 'packages', header.slice(0, 2), `${header}.files`);
  };
  return {
    files: {
      get: async (header) => decode(await textOf(listOf(header)), parsePackageFiles),
      put: async (files) => await writeFileAtomic(listOf(files.header), encode(files)),
    },
    async get(layerDigest) {
      return decode(await textOf(fileOf(layerDigest)), parseLayerFacts);
    },
    async put(layerDigest, facts) {
      await writeFileAtomic(fileOf(layerDigest), encode(facts));
    },
    async layers() {
      const found: string[] = [];
      for (const algorithm of ['sha256', 'sha512'])
        for (const hex of await namesIn(join(dir, algorithm), '.facts')) found.push(`${algorithm}:${hex}`);
      return found.filter((digest) => DIGEST.test(digest));
    },
    headers: async () => (await namesIn(join(dir, 'packages'), '.files')).filter((header) => HEADER.test(header)),
  };
}

/** Names of the files below a folder that end so, without the ending, in byte order. */
async function namesIn(folder: string, ending: string): Promise<string[]> {
  try {
    const files = await readdir(folder, { recursive: true });
    return files
      .filter((file) => file.endsWith(ending))
      .map((file) => basename(file, ending))
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new SlipwayError('AUDIT_CACHE_UNREADABLE', messageOf(error), { place: { file: folder }, cause: error });
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw new SlipwayError('AUDIT_CACHE_UNREADABLE', messageOf(error), { place: { file }, cause: error });
  }
}

function encode(value: unknown): string {
  const json = JSON.stringify(value);
  return `${sha256Hex(json)}\n${json}`;
}

function decode<T>(text: string | undefined, parse: (value: unknown) => T): T | undefined {
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const json = text.slice(end + 1);
  if (end < 0 || sha256Hex(json) !== text.slice(0, end)) return undefined;
  try {
    return parse(JSON.parse(json));
  } catch {
    // Whole, but of another version's shape: docstring of `directoryCache`.
    return undefined;
  }
}
