import { type Descriptor, type Digest, type ImageTarget, putArtifact, putArtifactBlob } from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { directoryCache, type FactsFolder } from '../facts/index.ts';
import { EXTRACTOR } from '../model/index.ts';
import { FACTS_ARTIFACT, factsBlob, listsBlob } from './blobs.ts';

const AT_ONCE = 4;
/** A layer takes at most 520 bytes of the manifest, and registries take manifests of 4 MiB. */
const MOST_LAYERS = 7_500;

export interface PushedFacts {
  /** Of the artifact's manifest. */
  readonly digest: Digest;
  readonly layers: number;
  /** Packages whose lists of signed files are in it. */
  readonly packages: number;
  /** Entries that stayed: damaged, or of another version of the extractor, thus of no use to anybody. */
  readonly left: number;
}

type Stored = Descriptor | undefined;

async function putFacts(target: ImageTarget, cache: FactsFolder, layers: readonly string[]): Promise<Stored[]> {
  return await mapLimit(layers, AT_ONCE, async (layer) => {
    const facts = await cache.get(layer);
    if (facts?.extractor !== EXTRACTOR || facts.digest !== layer) return undefined;
    return await putArtifactBlob(target, await factsBlob(facts));
  });
}

async function putLists(target: ImageTarget, cache: FactsFolder) {
  const headers = await cache.headers();
  const groups = Map.groupBy(headers, (header) => header.slice(0, 2));
  const stored = await mapLimit(groups, AT_ONCE, async ([prefix, group]) => {
    const lists = (await Promise.all(group.map((header) => cache.files.get(header)))).filter(
      (list, index) => list !== undefined && list.header === group[index],
    );
    if (lists.length === 0) return { count: 0, blobs: [] };
    const whole = lists.filter((list) => list !== undefined);
    return { count: whole.length, blobs: [await putArtifactBlob(target, await listsBlob(prefix, whole))] };
  });
  const count = stored.reduce((sum, group) => sum + group.count, 0);
  return { blobs: stored.flatMap(({ blobs }) => blobs), count, left: headers.length - count };
}

/**
 * Stores a folder of kept facts (`directoryCache`) as an artifact: a blob for each layer, and one for the packages of
 * each two first hex digits of their headers' digests. Blobs that the target has are not sent again; the same folder
 * gives the same manifest (with the same zstd). At most 4 blobs are in memory. Errors: `AUDIT_CACHE_EMPTY`,
 * `AUDIT_CACHE_TOO_LARGE`, `AUDIT_CACHE_UNREADABLE`, those of the registry.
 */
export async function pushFacts(dir: string, target: ImageTarget, tag: string): Promise<PushedFacts> {
  const cache = directoryCache(dir);
  const place = { file: dir };
  const entries = await cache.layers();
  if (entries.length > MOST_LAYERS)
    throw new SlipwayError('AUDIT_CACHE_TOO_LARGE', `there are ${entries.length} layers in it.`, {
      place,
      hint: `One artifact holds ${MOST_LAYERS}. Start a new folder for what is audited from now on.`,
    });
  const facts = (await putFacts(target, cache, entries)).filter((blob) => blob !== undefined);
  if (facts.length === 0)
    throw new SlipwayError('AUDIT_CACHE_EMPTY', `there are no facts of layers by ${EXTRACTOR} in it.`, {
      place,
      hint: 'Name the folder that an audit filled with --cache.',
    });
  const lists = await putLists(target, cache);
  const digest = await putArtifact(target, { artifactType: FACTS_ARTIFACT, blobs: [...facts, ...lists.blobs] }, tag);
  return {
    digest,
    layers: facts.length,
    packages: lists.count,
    left: entries.length - facts.length + lists.left,
  };
}
