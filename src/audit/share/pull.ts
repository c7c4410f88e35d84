import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, type ImageSource, imageName, loadArtifact } from '../../oci/index.ts';
import { makeFolders, mapLimit, storageError } from '../../util/index.ts';
import { directoryCache, type FactsFolder } from '../facts/index.ts';
import { EXTRACTOR, type LayerFacts } from '../model/index.ts';
import { FACTS_ARTIFACT, type FactsLabel, readFacts, readLists, sortBlobs } from './blobs.ts';

const AT_ONCE = 4;

export interface PulledFacts {
  /** Of the artifact's manifest. */
  readonly digest: Digest;
  /** Layers and packages that are new in the folder. */
  readonly layers: number;
  readonly packages: number;
  /** Those of the artifact that the folder had; they stay as they are. */
  readonly kept: number;
  /** Layers whose facts are of another version of the extractor: of no use here, thus not read. */
  readonly otherVersion: number;
}

/** Facts with every file (deep mode) serve every audit, those without only some. */
const servesAsWell = (have: LayerFacts | undefined, { keyring, deep }: FactsLabel): boolean =>
  have?.extractor === EXTRACTOR && (have.keyring !== keyring || have.files !== null || !deep);

/** Everything that the folder lacks, read and checked, into another folder. */
async function gather(source: ImageSource, blobs: ReturnType<typeof sortBlobs>, cache: FactsFolder, into: FactsFolder) {
  const useful = blobs.facts.filter(({ label }) => label.extractor === EXTRACTOR);
  let kept = 0;
  await mapLimit(useful, AT_ONCE, async ({ label, blob }) => {
    if (servesAsWell(await cache.get(label.layer), label)) kept += 1;
    else await into.put(label.layer, await readFacts(source, blob, label));
  });
  await mapLimit(blobs.lists, AT_ONCE, async ([prefix, blob]) => {
    for (const list of await readLists(source, blob, prefix)) {
      if ((await cache.files.get(list.header)) !== undefined) kept += 1;
      else await into.files.put(list);
    }
  });
  return { kept, otherVersion: blobs.facts.length - useful.length };
}

/**
 * Takes facts out of an artifact into a folder (`directoryCache`). What the folder has stays; nothing is changed before
 * all of the artifact is read and found right, so one that is refused leaves nothing. Facts are believed by later
 * audits: whoever could write the artifact is trusted with them. Errors: `OCI_ARTIFACT_TYPE`, `AUDIT_CACHE_FOREIGN`,
 * `AUDIT_CACHE_MISMATCH`, `AUDIT_FACTS_INVALID`, `AUDIT_DIGEST_INVALID`, those of storage and the registry.
 */
export async function pullFacts(source: ImageSource, tagOrDigest: string, dir: string): Promise<PulledFacts> {
  const { digest, manifest } = await loadArtifact(source, tagOrDigest, FACTS_ARTIFACT);
  const blobs = sortBlobs(manifest.layers, imageName(source, tagOrDigest));
  const cache = directoryCache(dir);
  const waiting = await waitingRoom(dir);
  try {
    const checked = directoryCache(waiting);
    const { kept, otherVersion } = await gather(source, blobs, cache, checked);
    // Lists first: facts of deep mode are of no use without them.
    const headers = await checked.headers();
    for (const header of headers) {
      const list = await checked.files.get(header);
      if (list !== undefined) await cache.files.put(list);
    }
    const layers = await checked.layers();
    for (const layer of layers) {
      const facts = await checked.get(layer);
      if (facts !== undefined) await cache.put(layer, facts);
    }
    return { digest, layers: layers.length, packages: headers.length, kept, otherVersion };
  } finally {
    await rm(waiting, { recursive: true, force: true });
  }
}

/** A folder of its own inside `dir`, where no audit looks; only a process that is killed leaves it there. */
async function waitingRoom(dir: string): Promise<string> {
  try {
    await makeFolders(dir);
    return await mkdtemp(join(dir, '.pull-'));
  } catch (error) {
    throw storageError(error, dir);
  }
}
