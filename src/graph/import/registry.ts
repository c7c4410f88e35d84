import { Type } from 'typebox';
import { loadImage, loadList, type Repository, readFiles } from '../../oci/index.ts';
import { mapLimit, messageOf, parserOf, readJson, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import type { GraphRelease } from '../types.ts';
import type { Imported } from './types.ts';

const METADATA = 'release-manifests/release-metadata';
const AT_ONCE = 4;
/** `release-metadata` is a few kilobytes. */
const MAX_BYTES = 1 << 20;

const parseMetadata = parserOf(
  Type.Object({
    kind: Type.Literal('cincinnati-metadata-v0'),
    version: Type.String(),
    previous: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
    next: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
    metadata: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
  }),
  'GRAPH_IMPORT_INVALID',
);

/**
 * The releases of a repository: each tag's `release-metadata` (update-graph § 2.2). Tags that are signatures, that hold
 * no release, or that cannot be read are named in the notes; one bad tag never stops the rest. Throws
 * `GRAPH_IMPORT_EMPTY` where there is no tag at all, as a registry answers for a name that is mistyped.
 */
export async function importRegistry(repository: Repository, pullName: string): Promise<Imported> {
  const tags = (await repository.tags()).filter((tag) => !/\.(sig|att|sbom)$/.test(tag));
  if (tags.length === 0)
    throw new SlipwayError('GRAPH_IMPORT_EMPTY', 'the registry knows no tag of this repository.', {
      place: { image: pullName },
      hint: 'Check its name; of a private repository give the credentials: --registry-config.',
    });
  const notes: string[] = [];
  const found = await mapLimit(tags, AT_ONCE, async (tag) => {
    try {
      return await releaseOf(repository, pullName, tag);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      notes.push(`${pullName}:${tag}: ${messageOf(error)}`);
      return undefined;
    }
  });
  return {
    releases: found.filter((release) => release !== undefined),
    evidence: [],
    graphData: new Map(),
    notes: notes.sort(),
  };
}

async function releaseOf(repository: Repository, pullName: string, tag: string): Promise<GraphRelease> {
  const list = await loadList(repository, tag);
  // of a heterogeneous release any member says the same; the list is what clusters pull
  const image = list?.[0]?.image ?? (await loadImage(repository, tag));
  const files = await readFiles(repository, image, (path) => path === METADATA, { limit: MAX_BYTES });
  const file = files.get(METADATA);
  if (file === undefined) throw new SlipwayError('GRAPH_IMPORT_INVALID', `it has no ${METADATA}, so it is no release.`);
  const place = { image: `${pullName}:${tag}`, file: METADATA };
  const { version, previous, next, metadata } = parseMetadata(readJson(file.content.toString('utf8')), place);
  if (!isSemver(version))
    throw new SlipwayError('GRAPH_IMPORT_INVALID', `"${version}" is not a semantic version.`, { place });
  const multi =
    (list !== undefined && list.length !== 1) || metadata?.['release.openshift.io/architecture'] === 'multi';
  return {
    version,
    arch: multi ? 'multi' : (image.config.architecture ?? 'amd64'),
    payload: `${pullName}@${image.listDigest ?? image.digest}`,
    previous: previous ?? [],
    next: next ?? [],
    metadata: metadata ?? {},
    ...(image.config.created === undefined ? {} : { created: image.config.created }),
  };
}
