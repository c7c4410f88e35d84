import { isDigest, labelsOf } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { INCLUDE_KEY } from '../assemble/assemble.ts';
import { BASE_DIGEST_LABEL } from '../assemble/labels.ts';
import type { JsonObject } from '../manifest/types.ts';
import { formatPullSpec, parsePullSpec } from '../stream/pull-spec.ts';
import { newTag, resolveTags } from '../stream/reference-mode.ts';
import type { TagReference } from '../stream/types.ts';
import { compareBytes } from '../text/go-json.ts';
import type { Payload } from '../types.ts';
import type { PayloadInput, PrepareOptions } from './options.ts';

/** The input of an assembly with everything that a release hands down to one made from it. */
export interface ResolvedInput {
  readonly name: string;
  readonly tags: readonly TagReference[];
  readonly created: Date;
  readonly previous: readonly string[];
  readonly next: readonly string[];
  readonly metadata: JsonObject;
  readonly include: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** The release that is made again unchanged. */
  readonly reproduces?: Payload;
  readonly notes: readonly string[];
}

/**
 * Applies reference mode, exclusions and overrides to the input, and works out what a release hands down (payload
 * format § 1.2, 1.3, 1.13). Throws `PAYLOAD_REFERENCE_MODE`, `PAYLOAD_TAG_NOT_IMPORTED`, `PAYLOAD_NAME_INVALID`.
 */
export function resolveInput(input: PayloadInput, options: PrepareOptions): ResolvedInput {
  const exclude = new Set(options.exclude ?? []);
  const base =
    input.fromRelease === undefined
      ? fromStream(input, options, exclude)
      : fromRelease(input.fromRelease, options, exclude);
  const overridden = new Map((options.overrides ?? []).map(({ source, destination }) => [source, destination]));
  const tags = base.tags.map((tag) => {
    const destination = overridden.get(tag.name);
    if (destination === undefined) return tag;
    overridden.delete(tag.name);
    return { ...tag, from: { kind: 'DockerImage', name: destination } };
  });
  const added = [...overridden].filter(([name]) => !exclude.has(name)).map(([name, spec]) => newTag(name, spec));
  return { ...base, tags: [...tags, ...added].sort((a, b) => compareBytes(a.name, b.name)) };
}

function fromStream(
  input: Extract<PayloadInput, { imageStream: unknown }>,
  options: PrepareOptions,
  exclude: ReadonlySet<string>,
): ResolvedInput {
  if (options.name === undefined) {
    throw new SlipwayError('PAYLOAD_NAME_INVALID', 'a release made of an image stream needs a name.', {
      place: { field: '--name' },
    });
  }
  const { tags, skipped } = resolveTags(input.imageStream, options.referenceMode ?? 'public', exclude);
  return {
    name: options.name,
    tags,
    created: options.creationTimestamp,
    previous: options.previous ?? [],
    next: options.next ?? [],
    metadata: options.metadata ?? {},
    include: options.include ?? [],
    annotations: {},
    notes: skipped.map((tag) => `The tag "${tag}" has no imported image and was left out.`),
  };
}

function recordedInclude(payload: Payload): readonly string[] {
  const recorded = payload.metadata.metadata[INCLUDE_KEY];
  return typeof recorded === 'string' ? recorded.split(',') : [];
}

function fromRelease(payload: Payload, options: PrepareOptions, exclude: ReadonlySet<string>): ResolvedInput {
  const { metadata, imageReferences } = payload;
  const given = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;
  const { name, previous, next, baseImage, baseTag, mirrorTo } = options;
  const changed =
    [name, previous, next, options.metadata, baseImage, baseTag, mirrorTo].some((option) => option !== undefined) ||
    [options.include, options.exclude, options.overrides].some(given);
  const { [INCLUDE_KEY]: _, ...inherited } = metadata.metadata;
  const include = given(options.include) ? (options.include ?? []) : recordedInclude(payload);
  const created = imageReferences.creationTimestamp;
  return {
    name: name ?? metadata.version,
    tags: imageReferences.tags.filter(({ name }) => !exclude.has(name)),
    created: changed || created === undefined ? options.creationTimestamp : new Date(created),
    previous: previous ?? metadata.previous,
    next: next ?? metadata.next,
    metadata: options.metadata ?? inherited,
    include,
    annotations: changed
      ? { ...imageReferences.annotations, 'release.openshift.io/from-release': payload.reference }
      : imageReferences.annotations,
    ...(changed ? {} : { reproduces: payload }),
    notes: [],
  };
}

/** The tag whose image a release was built on, by the digest in its label. */
export function baseTagOf(payload: Payload): string | undefined {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  if (digest === undefined || !isDigest(digest)) return undefined;
  return payload.imageReferences.tags.find(({ from }) => from !== undefined && parsePullSpec(from.name).id === digest)
    ?.name;
}

/** `host/path@digest` of another repository. */
export function moveTo(repository: string, pullSpec: string): string {
  const { id } = parsePullSpec(pullSpec);
  return formatPullSpec({ ...parsePullSpec(repository), tag: '', id });
}
