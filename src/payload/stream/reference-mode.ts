import { SlipwayError } from '../../util/index.ts';
import { goQuote } from '../text/index.ts';
import { formatPullSpec, parsePullSpec } from './pull-spec.ts';
import type { ImageStream, TagEvents, TagReference } from './types.ts';

export interface ResolvedTags {
  /** In oc's order: covered spec tags first, then status tags. */
  readonly tags: readonly TagReference[];
  /** Tags of the stream that have no imported image yet; oc leaves them out without a word. */
  readonly skipped: readonly string[];
}

function notImported(tag: string): SlipwayError {
  return new SlipwayError(
    'PAYLOAD_TAG_NOT_IMPORTED',
    `the tag ${goQuote(tag)} in the source input stream has not been imported yet`,
    { place: { field: `spec.tags[${tag}]` } },
  );
}

function importFailed(events: TagEvents | undefined): boolean {
  return events?.conditions.some(({ type, status }) => type === 'ImportSuccess' && status !== 'True') ?? false;
}

/** Where an image of the stream is pulled from: the mirrored repository, or the source it was imported from. */
function locator(stream: ImageStream, mode: string): (source: string, id: string) => string {
  const { dockerImageRepository: internal, publicDockerImageRepository: external } = stream.status;
  switch (mode) {
    case '':
    case 'public':
      if (external === '') {
        throw new SlipwayError(
          'PAYLOAD_REFERENCE_MODE',
          'only image streams or releases with public image repositories can be the source for releases when using the default --reference-mode',
          { place: { field: 'status.publicDockerImageRepository' }, hint: 'Use --reference-mode source.' },
        );
      }
      return (_, id) => `${external}@${id}`;
    case 'source':
      return (source, id) => {
        const own = source === '' || (internal !== '' && source.startsWith(internal));
        return own && external !== '' ? `${external}@${id}` : own ? '' : source;
      };
    default:
      throw new SlipwayError(
        'PAYLOAD_REFERENCE_MODE',
        'supported reference modes are: "public" (default) and "source"',
        { place: { field: '--reference-mode' } },
      );
  }
}

/**
 * Turns an image stream into the tags of a release, each with a pull spec (payload format § 1.2). A file with
 * `spec.tags` of kind DockerImage by digest and mode `source` needs no cluster.
 * Throws `PAYLOAD_REFERENCE_MODE`, `PAYLOAD_TAG_NOT_IMPORTED` or `PAYLOAD_PULL_SPEC_INVALID`.
 */
export function resolveTags(stream: ImageStream, mode: string, exclude: ReadonlySet<string> = new Set()): ResolvedTags {
  const locate = locator(stream, mode);
  const eventsOf = new Map(stream.status.tags.map((events) => [events.tag, events]));
  const covered = new Set<string>();
  const skipped = new Set<string>();
  const tags: TagReference[] = [];
  for (const tag of stream.tags) {
    if (exclude.has(tag.name) || tag.from?.kind !== 'DockerImage') continue;
    const events = eventsOf.get(tag.name);
    const [item] = events?.items ?? [];
    if (item !== undefined && tag.generation !== null) {
      if (tag.generation > item.generation) throw notImported(tag.name);
      continue;
    }
    const source = parsePullSpec(tag.from.name);
    if (source.id !== '') {
      tags.push({ ...tag, from: { ...tag.from, name: locate(tag.from.name, source.id) } });
    } else if (item !== undefined && item.image !== '') {
      tags.push({ ...tag, from: { ...tag.from, name: locate(item.dockerImageReference, item.image) } });
    } else {
      if (importFailed(events)) throw notImported(tag.name);
      skipped.add(tag.name);
      continue;
    }
    covered.add(tag.name);
  }
  for (const events of stream.status.tags) {
    if (covered.has(events.tag) || exclude.has(events.tag)) continue;
    const [item] = events.items;
    if (item === undefined && importFailed(events)) throw notImported(events.tag);
    if (item === undefined || item.image === '') {
      skipped.add(events.tag);
      continue;
    }
    skipped.delete(events.tag);
    const located = parsePullSpec(locate(item.dockerImageReference, item.image));
    const name = formatPullSpec({ ...located, tag: '', id: item.image });
    tags.push(newTag(events.tag, name));
  }
  return { tags, skipped: [...skipped] };
}

/** A tag as oc writes one that it makes itself. */
export function newTag(name: string, pullSpec: string): TagReference {
  return {
    name,
    annotations: null,
    from: { kind: 'DockerImage', name: pullSpec },
    generation: null,
    importPolicy: {},
    referencePolicy: { type: '' },
  };
}
