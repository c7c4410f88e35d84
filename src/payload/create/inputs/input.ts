import { isDigest, labelsOf, loadList } from '../../../oci/index.ts';
import { SlipwayError } from '../../../util/index.ts';
import { BASE_DIGEST_LABEL, checkComponentName, INCLUDE_KEY, nearest } from '../../assemble/index.ts';
import {
  emptyImageStream,
  formatImageStream,
  formatPullSpec,
  type ImageStream,
  newTag,
  parsePullSpec,
  resolveTags,
  type TagReference,
} from '../../stream/index.ts';
import { compareBytes, goQuote, type JsonObject, rfc3339 } from '../../text/index.ts';
import type { Payload } from '../../types.ts';
import type { PayloadInput, PrepareOptions } from '../options.ts';
import type { ManifestFolders } from './folders.ts';
import { inheritedMetadata, type RecordedInputs, recordedInputs } from './record.ts';
import { checkMirrorTarget } from './tags.ts';

/** The input of an assembly with everything that a release hands down to one made from it. */
export interface ResolvedInput {
  readonly name: string;
  /** The name need be none of OKD's: it was asked for, or the release that this one is made of has it already. */
  readonly anyVersion: boolean;
  readonly tags: readonly TagReference[];
  readonly created: Date;
  readonly previous: readonly string[];
  readonly next: readonly string[];
  readonly metadata: JsonObject;
  readonly include: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
  /** Pull spec of a base image that is no component. */
  readonly baseImage?: string;
  readonly allowMissingImages: boolean;
  /** `key=version,…` */
  readonly componentVersions?: string;
  /** `key=Display Name,…` */
  readonly componentVersionNames?: string;
  /** Names of component versions that images may declare. */
  readonly versionKeys?: readonly string[];
  readonly skipManifestCheck: boolean;
  /** What the release keeps of the last two: of one that is made again unchanged, what it kept before. */
  readonly kept: Pick<RecordedInputs, 'versionKeys' | 'skipManifestCheck'>;
  /** Manifests that count in place of the images'. */
  readonly folders?: ManifestFolders;
  /** The release that is made again unchanged. */
  readonly reproduces?: Payload;
  readonly notes: readonly string[];
}

/**
 * Applies reference mode, exclusions and overrides to the input, and works out what a release hands down (payload
 * format § 1.2, 1.3, 1.13). Throws `PAYLOAD_REFERENCE_MODE`, `PAYLOAD_TAG_NOT_IMPORTED`, `PAYLOAD_NAME_INVALID`,
 * `PAYLOAD_COMPONENT_NAME`, `PAYLOAD_MIRROR_TARGET`.
 */
export function resolveInput(input: PayloadInput, options: PrepareOptions): ResolvedInput {
  if (options.mirrorTo !== undefined) checkMirrorTarget(options.mirrorTo);
  const exclude = new Set(options.exclude ?? []);
  const base =
    input.fromRelease !== undefined
      ? fromRelease(input.fromRelease, options, exclude)
      : input.folders !== undefined
        ? fromFolders(input.folders, options, exclude)
        : fromStream(input.imageStream, options, exclude);
  const overridden = new Map((options.overrides ?? []).map(({ source, destination }) => [source, destination]));
  const tags = base.tags.map((tag) => {
    const destination = overridden.get(tag.name);
    if (destination === undefined) return tag;
    overridden.delete(tag.name);
    return { ...tag, from: { kind: 'DockerImage', name: destination } };
  });
  const added = [...overridden].filter(([name]) => !exclude.has(name)).map(([name, spec]) => newTag(name, spec));
  const resolved = [...tags, ...added].sort((a, b) => compareBytes(a.name, b.name));
  for (const { name } of resolved) checkComponentName(name);
  for (const { tag } of base.folders?.operators ?? []) checkComponentName(tag);
  return {
    ...base,
    tags: resolved,
    // exclusion wins, also over what a release records (payload format § 1.1)
    include: [...new Set(base.include)].filter((name) => !exclude.has(name)),
    notes: [...base.notes, ...unknownExclusions(exclude, [...namesIn(input), ...overridden.keys()])],
  };
}

/** Names of all components of an input, before anything is left out. */
export function namesIn({ fromRelease, folders, imageStream }: PayloadInput): readonly string[] {
  if (fromRelease !== undefined) return fromRelease.imageReferences.tags.map(({ name }) => name);
  const stream = folders === undefined ? imageStream : folders.imageStream;
  return [
    ...(folders?.operators ?? []).map(({ tag }) => tag),
    ...(stream?.tags ?? []).map(({ name }) => name),
    ...(stream?.status.tags ?? []).map(({ tag }) => tag),
  ];
}

/** oc leaves out what is not there without a word; a name that was mistyped leaves in what it was meant for. */
function unknownExclusions(exclude: ReadonlySet<string>, known: readonly string[]): readonly string[] {
  return [...exclude]
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, [...new Set(known)]).map((candidate) => `"${candidate}"`);
      const question = meant.length === 0 ? '' : ` Did you mean ${meant.join(' or ')}?`;
      return `There is no component ${goQuote(name)} to leave out.${question}`;
    });
}

/**
 * The image stream that a release is made of, as `oc adm release new -o json` prints it: tags resolved, no registry
 * asked. Throws what {@link resolveInput} throws.
 */
export function formatInput(input: PayloadInput, options: PrepareOptions): string {
  const { name, tags, created, annotations } = resolveInput(input, options);
  return `${formatImageStream({ ...emptyImageStream(), name, creationTimestamp: rfc3339(created), annotations, tags })}\n`;
}

/** A release that no other one is the model of: everything stands in the options. */
function fresh(options: PrepareOptions): Omit<ResolvedInput, 'tags' | 'notes'> {
  const { name, baseImage, componentVersions, componentVersionNames } = options;
  if (name === undefined) {
    throw new SlipwayError('PAYLOAD_NAME_INVALID', 'a new release needs a name.', { place: { field: '--name' } });
  }
  const kept = checksOf(options);
  return {
    name,
    anyVersion: options.anyVersion ?? false,
    created: options.creationTimestamp,
    previous: options.previous ?? [],
    next: options.next ?? [],
    metadata: options.metadata ?? {},
    include: options.include ?? [],
    annotations: options.annotations ?? {},
    ...(baseImage === undefined ? {} : { baseImage }),
    allowMissingImages: options.allowMissingImages ?? false,
    ...(componentVersions === undefined ? {} : { componentVersions }),
    ...(componentVersionNames === undefined ? {} : { componentVersionNames }),
    ...kept,
    kept,
  };
}

/** How strictly the images are looked at: by the options, else as a release says of itself. */
function checksOf(
  options: Pick<PrepareOptions, 'versionKeys' | 'skipManifestCheck'>,
  recorded?: RecordedInputs,
): ResolvedInput['kept'] {
  const versionKeys = options.versionKeys ?? recorded?.versionKeys;
  const skipManifestCheck = options.skipManifestCheck ?? recorded?.skipManifestCheck ?? false;
  return { ...(versionKeys === undefined ? {} : { versionKeys }), skipManifestCheck };
}

function fromStream(stream: ImageStream, options: PrepareOptions, exclude: ReadonlySet<string>): ResolvedInput {
  if (stream.tags.length === 0 && stream.status.tags.length === 0) return { ...fresh(options), tags: [], notes: [] };
  const { tags, skipped } = resolveTags(stream, options.referenceMode ?? 'public', exclude);
  const notes = skipped.map((tag) => `The tag "${tag}" has no imported image and was left out.`);
  return { ...fresh(options), tags, notes };
}

function fromFolders(folders: ManifestFolders, options: PrepareOptions, exclude: ReadonlySet<string>): ResolvedInput {
  const operators = folders.operators.filter(({ tag }) => !exclude.has(tag));
  const tags = (folders.imageStream?.tags ?? []).filter(({ name }) => !exclude.has(name));
  return { ...fresh(options), tags, folders: { ...folders, operators }, notes: folders.notes };
}

function fromRelease(payload: Payload, options: PrepareOptions, exclude: ReadonlySet<string>): ResolvedInput {
  const { metadata, imageReferences } = payload;
  const given = (list: readonly unknown[] | undefined): boolean => list !== undefined && list.length > 0;
  const { name, previous, next, baseTag, mirrorTo } = options;
  const recorded = recordedInputs(payload);
  if (recorded.fromFolders) {
    throw new SlipwayError(
      'PAYLOAD_NOT_REPRODUCIBLE',
      'the manifests of this release came from folders, not from its images; they can not be taken from it again.',
      { place: { image: payload.reference }, hint: 'Use --from-dir with the folders it was made of.' },
    );
  }
  const changed =
    [name, previous, next, options.metadata, options.baseImage, baseTag, mirrorTo, options.componentVersions].some(
      (option) => option !== undefined,
    ) ||
    options.allowMissingImages === true ||
    [options.include, options.exclude, options.overrides].some(given);
  const baseImage = options.baseImage ?? (baseTag === undefined ? recorded.baseImage : undefined);
  const componentVersions = options.componentVersions ?? recorded.componentVersions;
  const componentVersionNames = options.componentVersionNames ?? recorded.componentVersionNames;
  const created = imageReferences.creationTimestamp;
  const checks = checksOf(options, recorded);
  const lost = lostOf(recorded.include, payload, options);
  const kept = recorded.include.filter((name) => !lost.includes(name));
  // Made again unchanged it keeps all that it has, and its record as it stands, though not all in it came true.
  const asRecorded = lost.length > 0 && !changed && options.compat === undefined;
  const inherited = inheritedMetadata(metadata.metadata);
  return {
    name: name ?? metadata.version,
    anyVersion: options.anyVersion ?? name === undefined,
    tags: imageReferences.tags.filter(({ name }) => !exclude.has(name)),
    created: changed || created === undefined ? options.creationTimestamp : new Date(created),
    previous: previous ?? metadata.previous,
    next: next ?? metadata.next,
    metadata:
      options.metadata ?? (asRecorded ? { ...inherited, [INCLUDE_KEY]: recorded.include.join(',') } : inherited),
    include: asRecorded ? [] : [...kept, ...(options.include ?? [])],
    ...(baseImage === undefined ? {} : { baseImage }),
    allowMissingImages: options.allowMissingImages ?? recorded.allowMissingImages,
    ...(componentVersions === undefined ? {} : { componentVersions }),
    ...(componentVersionNames === undefined ? {} : { componentVersionNames }),
    ...checks,
    // A release that says nothing of them can be made again with them, and is to be the same.
    kept: changed ? checks : checksOf({}, recorded),
    annotations: changed
      ? { ...imageReferences.annotations, 'release.openshift.io/from-release': payload.reference }
      : imageReferences.annotations,
    ...(changed ? {} : { reproduces: payload }),
    notes: lost
      .filter((name) => !exclude.has(name))
      .map((name) => `The release records that ${goQuote(name)} is kept, but another tool left it out.`),
  };
}

/** What a release records to be kept and has not: oc, making one from it, copies the record and prunes all the same. */
function lostOf(include: readonly string[], payload: Payload, options: PrepareOptions): readonly string[] {
  const there = new Set([
    ...payload.imageReferences.tags.map(({ name }) => name),
    ...(options.overrides ?? []).map(({ source }) => source),
    ...(options.include ?? []),
  ]);
  return include.filter((name) => !there.has(name));
}

/**
 * The tag whose image a release was built on, by the digest in its label: the image's own, or that of a manifest list
 * which holds it.
 */
export async function baseTagOf(payload: Payload, resolve: PrepareOptions['resolve']): Promise<string | undefined> {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  if (digest === undefined || !isDigest(digest)) return undefined;
  const tags = payload.imageReferences.tags.flatMap(({ name, from }) => (from ? [{ name, spec: from.name }] : []));
  const direct = tags.find(({ spec }) => parsePullSpec(spec).id === digest);
  if (direct || payload.listDigest === undefined) return direct?.name;
  for (const { name, spec } of tags) {
    const members = await loadList(resolve(spec), parsePullSpec(spec).id);
    if (members?.some(({ image }) => image.digest === digest)) return name;
  }
  return undefined;
}

/** `host/path@digest` of another repository. */
export function moveTo(repository: string, pullSpec: string): string {
  const { id } = parsePullSpec(pullSpec);
  return formatPullSpec({ ...parsePullSpec(repository), tag: '', id });
}
