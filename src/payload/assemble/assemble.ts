import { type NewEntry, type WrittenLayer, writeLayer } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { DroppedEntry, PayloadFile } from '../files.ts';
import { formatImageStream, type ImageStream, type TagReference } from '../stream/index.ts';
import { compareBytes, goQuote, type JsonObject, listed, rfc3339 } from '../text/index.ts';
import type { ComponentVersions, ReleaseMetadata } from '../types.ts';
import { upgradeList } from '../versions/index.ts';
import { checkBase, checkComponentName, checkFileName, checkIncluded, checkName, checkUnique } from './checks.ts';
import { annotationsFrom, isOperator, OVERRIDE_ANNOTATION, VERSION_KEYS } from './labels.ts';
import { formatMetadata } from './metadata.ts';
import { ManifestNames } from './names.ts';
import { type Operator, REFERENCES_FILE, referencedTags, transformOperator } from './operator.ts';
import { type BaseImage, type ReleaseImage, releaseImage } from './release-image.ts';
import { unusedVersions } from './unused.ts';

export const METADATA_FILE = 'release-metadata';
export const PAYLOAD_FOLDER = 'release-manifests';
export const DEFAULT_BASE_TAG = 'cluster-version-operator';
/** Key of `release-metadata.metadata` that keeps `--include`, which oc forgets (payload format § 1.12, B5). */
export const INCLUDE_KEY = 'slipway.okd.io/include';

/** What the assembly needs to know of a component's image. */
export interface Component {
  readonly labels: Readonly<Record<string, string>>;
  /** `/manifests` of an operator, all layers together; absent for other images. */
  readonly manifests?: readonly PayloadFile[];
  /** What else is in `/manifests`, and not taken. */
  readonly dropped?: readonly DroppedEntry[];
}

export interface AssembleInput {
  /** The release's version. */
  readonly name: string;
  /** Every component with its pull spec, by digest. */
  readonly tags: readonly TagReference[];
  /** By tag name, one for each of `tags`. */
  readonly components: ReadonlyMap<string, Component>;
  readonly base: BaseImage;
  /** Manifests from elsewhere than the images; then those of the images do not count. */
  readonly operators?: readonly Operator[];
}

export interface AssembleOptions {
  /** Written in `image-references` and the image's configuration; whole seconds count. */
  readonly creationTimestamp: Date;
  readonly previous?: readonly string[];
  readonly next?: readonly string[];
  /** `release-metadata.metadata`. */
  readonly metadata?: JsonObject;
  /** Tags kept although nothing refers to them. */
  readonly include?: readonly string[];
  /** Write `include` into the metadata, so that the release can be made again from itself. Default true. */
  readonly recordInputs?: boolean;
  /** Leave nothing out, referred to or not: a finished release made again has only what was kept of it before. */
  readonly keepAll?: boolean;
  /** Tags whose image was given in place of the stream's. */
  readonly overrides?: ReadonlySet<string>;
  /** Annotations of the resulting image stream. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly allowMissingImages?: boolean;
  /** Take manifests as they are, without looking whether a cluster could read them (oc's `--skip-manifest-check`). */
  readonly skipManifestCheck?: boolean;
  /** Versions for `0.0.1-snapshot-KEY` where no image that the operator refers to declares one. */
  readonly defaultVersions?: ComponentVersions;
  /** Tag of the base image, which is always kept; `undefined` when the base is no component of the release. */
  readonly baseTag: string | undefined;
  /** Component version names that images may declare. */
  readonly versionKeys?: readonly string[];
  /** Take any semantic version as name, not only versions of OKD's scheme. */
  readonly anyVersion?: boolean;
}

export interface PayloadContent {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly imageReferences: ImageStream;
  readonly metadata: ReleaseMetadata;
  /** In the order of the layer: `image-references`, `release-metadata`, then manifests by operator. */
  readonly files: readonly PayloadFile[];
  /** Tags that brought manifests. */
  readonly operators: readonly string[];
  /** Tags left out because nothing refers to them. */
  readonly pruned: readonly string[];
  /** Full sentences. */
  readonly warnings: readonly string[];
}

export interface AssembledPayload extends PayloadContent {
  readonly layer: WrittenLayer;
  readonly image: ReleaseImage;
}

function checkTags(tags: readonly TagReference[], components: ReadonlyMap<string, Component>): void {
  for (const { name } of tags) checkComponentName(name);
  checkUnique(tags);
  for (const { name, from } of tags) {
    if (from === undefined || !/@sha(?:256|512):[0-9a-f]{64,}$/.test(from.name)) {
      throw new SlipwayError(
        'PAYLOAD_COMPONENT_UNPINNED',
        `the component ${goQuote(name)} has no pull spec by digest.`,
        {
          place: { field: `spec.tags[${name}]`, image: from?.name ?? name },
        },
      );
    }
    if (!components.has(name)) throw new Error(`no component facts for the tag ${name}`);
  }
}

/**
 * The content of a release payload: a pure function of its components (payload format § 1.4 to 1.11), the same files as
 * `oc adm release new` makes. It differs where oc loses or leaks something: tags given twice and unpinned pull specs
 * are errors (B3), images are pruned before anything is copied (B4), `include` is recorded (B5), all documents of a
 * manifest file are checked, and an operator without manifests is warned about (B1).
 * Throws `PAYLOAD_…` errors that name component, file and line.
 */
export function assembleContent(input: Omit<AssembleInput, 'base'>, options: AssembleOptions): PayloadContent {
  checkName(input.name, options.anyVersion ?? false);
  checkTags(input.tags, input.components);
  const { baseTag } = options;
  const tags = [...input.tags]
    .sort((a, b) => compareBytes(a.name, b.name))
    .map((tag) => {
      const labels = input.components.get(tag.name)?.labels ?? {};
      const existing = options.overrides?.has(tag.name) ? { [OVERRIDE_ANNOTATION]: 'true' } : tag.annotations;
      return { ...tag, annotations: annotationsFrom(tag.name, existing, labels, options.versionKeys ?? VERSION_KEYS) };
    });
  const warnings: string[] = [];
  const operators = input.operators ?? operatorsOf(tags, input.components, warnings);
  for (const { tag } of operators) checkComponentName(tag);
  const kept =
    options.keepAll === true
      ? tags
      : prune(tags, operators, [...(options.include ?? []), ...(baseTag === undefined ? [] : [baseTag])]);
  const byName = new Map(kept.map((tag) => [tag.name, tag]));
  checkIncluded(options.include ?? [], tags);
  if (baseTag !== undefined) checkBase(baseTag, kept);

  const names = new ManifestNames();
  const context = {
    releaseName: input.name,
    tags: byName,
    candidates: tags.map(({ name }) => name),
    allowMissingImages: options.allowMissingImages ?? false,
    skipManifestCheck: options.skipManifestCheck ?? false,
    ...(options.defaultVersions === undefined ? {} : { defaultVersions: options.defaultVersions }),
  };
  const manifests = operators.flatMap((operator) =>
    transformOperator(operator, context).map((file) => {
      const name = names.take(operator.tag, file.name);
      checkFileName(name, { image: operator.tag, file: `manifests/${file.name}` });
      return { ...file, name, mode: 0o444 };
    }),
  );
  if (options.defaultVersions !== undefined)
    warnings.push(...unusedVersions(options.defaultVersions, operators, byName));
  const created = rfc3339(options.creationTimestamp);
  const include = [...(options.include ?? [])].sort(compareBytes);
  const metadata: ReleaseMetadata = {
    version: input.name,
    previous: upgradeList(options.previous ?? [], 'previous'),
    next: upgradeList(options.next ?? [], 'next'),
    metadata: {
      ...options.metadata,
      ...(include.length > 0 && options.recordInputs !== false ? { [INCLUDE_KEY]: include.join(',') } : {}),
    },
  };
  const imageReferences: ImageStream = {
    name: input.name,
    creationTimestamp: created,
    annotations: options.annotations ?? {},
    labels: {},
    lookupLocal: false,
    tags: kept,
    status: { dockerImageRepository: '', publicDockerImageRepository: '', tags: [] },
  };
  // Files in sub-folders do not count; with no files at all Go's zero time becomes 1970.
  const mtime = Math.max(0, ...operators.flatMap(({ files }) => files.filter(isTopLevel).map(({ mtime }) => mtime)));
  if (!operators.some(({ files }) => files.some(isTopLevel)))
    warnings.push('No operator metadata was found, no operators will be part of the release.');
  return {
    name: input.name,
    created,
    imageReferences,
    metadata,
    files: [
      { name: REFERENCES_FILE, bytes: Buffer.from(formatImageStream(imageReferences)), mode: 0o444, mtime },
      { name: METADATA_FILE, bytes: Buffer.from(formatMetadata(metadata)), mode: 0o444, mtime },
      ...manifests,
    ],
    operators: operators.map(({ tag }) => tag),
    pruned: tags.filter(({ name }) => !byName.has(name)).map(({ name }) => name),
    warnings,
  };
}

function isTopLevel({ name }: PayloadFile): boolean {
  return !name.includes('/');
}

/** Images labelled as operators; one without manifests is one all the same, and stays in the release as in oc's. */
function operatorsOf(
  tags: readonly TagReference[],
  components: ReadonlyMap<string, Component>,
  warnings: string[],
): readonly Operator[] {
  return tags.flatMap(({ name }) => {
    const component = components.get(name);
    if (component === undefined || !isOperator(component.labels)) return [];
    const files = component.manifests ?? [];
    const deeper = files
      .filter((file) => !isTopLevel(file))
      .map((file) => ({ name: file.name, what: 'in a sub-folder' }));
    warnings.push(...droppedWarning(`component "${name}"`, [...(component.dropped ?? []), ...deeper]));
    if (!files.some(isTopLevel))
      warnings.push(`The component "${name}" is labelled as an operator but has no manifests.`);
    return [{ tag: name, files }];
  });
}

/** oc leaves out what is no file of the folder itself without a word (payload format § 1.8). `of`: whose it is. */
export function droppedWarning(of: string, dropped: readonly DroppedEntry[]): readonly string[] {
  if (dropped.length === 0) return [];
  const names = dropped.map(({ name, what }) => `${name === '' ? 'the folder' : goQuote(name)} (${what})`);
  return [`Not taken of the manifests of the ${of}: ${listed(names)}.`];
}

/** Keeps the tags that an operator refers to, the operators themselves, and those asked for (§ 1.7). */
function prune(
  tags: readonly TagReference[],
  operators: readonly Operator[],
  include: readonly string[],
): readonly TagReference[] {
  const wanted = new Set(include);
  for (const operator of operators) {
    wanted.add(operator.tag);
    for (const { name } of referencedTags(operator)) wanted.add(name);
  }
  return tags.filter(({ name }) => wanted.has(name));
}

/** The tar entries of the payload layer (§ 1.11). */
export function layerEntries(files: readonly PayloadFile[]): readonly NewEntry[] {
  const mtime = files[0]?.mtime ?? 0;
  return [
    { path: PAYLOAD_FOLDER, type: 'directory', mode: 0o777, mtime },
    ...files.map(
      (file): NewEntry => ({
        path: `${PAYLOAD_FOLDER}/${file.name}`,
        type: 'file',
        mode: file.mode,
        mtime: file.mtime,
        content: file.bytes,
      }),
    ),
  ];
}

/**
 * A whole release image: content, layer, configuration and manifest. Same input, same bytes. The layer's diff ID is the
 * one oc would make; its blob digest is not, because Go's deflate writes other bytes than zlib.
 */
export function assemble(input: AssembleInput, options: AssembleOptions): AssembledPayload {
  const content = assembleContent(input, options);
  const layer = writeLayer(layerEntries(content.files));
  return { ...content, layer, image: releaseImage(input.base, layer, content.name, content.created) };
}
