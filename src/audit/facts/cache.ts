import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SlipwayError, sha256Hex, systemCode, writeFileAtomic } from '../../util/index.ts';
import { type LayerFacts, parseLayerFacts } from './model.ts';

/**
 * Keeps facts of layers. `get` gives `undefined` for what it does not have or can not read; whether facts are of the
 * wanted extractor and keyring is checked by who asks.
 */
export interface LayerFactsCache {
  get(layerDigest: string): Promise<LayerFacts | undefined>;
  put(layerDigest: string, facts: LayerFacts): Promise<void>;
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

const DIGEST = /^(sha256|sha512):([0-9a-f]{64,128})$/u;

/**
 * Facts as files `<dir>/<algorithm>/<two hex digits>/<hex>.facts`: the sha256 of the JSON in the first line, then the
 * JSON. Writing is atomic. A damaged entry, or one of another version, is as good as none: the layer is extracted
 * again and the entry replaced. Errors: `STORAGE_FULL`, `STORAGE_DENIED`, `AUDIT_CACHE_UNREADABLE`.
 */
export function directoryCache(dir: string): LayerFactsCache {
  const fileOf = (layerDigest: string): string => {
    const [, algorithm, hex] = DIGEST.exec(layerDigest) ?? [];
    if (algorithm === undefined || hex === undefined) {
      throw new SlipwayError('AUDIT_DIGEST_INVALID', `"${layerDigest}" is not a digest.`);
    }
    return join(dir, algorithm, hex.slice(0, 2), `${hex}.facts`);
  };
  return {
    async get(layerDigest) {
      const file = fileOf(layerDigest);
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw new SlipwayError('AUDIT_CACHE_UNREADABLE', messageOf(error), { place: { file }, cause: error });
      }
      return decode(text);
    },
    async put(layerDigest, facts) {
      const json = JSON.stringify(facts);
      await writeFileAtomic(fileOf(layerDigest), `${sha256Hex(json)}\n${json}`);
    },
  };
}

function decode(text: string): LayerFacts | undefined {
  const end = text.indexOf('\n');
  const json = text.slice(end + 1);
  if (end < 0 || sha256Hex(json) !== text.slice(0, end)) return undefined;
  try {
    return parseLayerFacts(JSON.parse(json));
  } catch {
    // Whole, but of another version's shape: docstring of `directoryCache`.
    return undefined;
  }
}
