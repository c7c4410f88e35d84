import { copyBlob, type Digest } from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import {
  assemble,
  checkBase,
  checkIncluded,
  checkName,
  checkUnique,
  DEFAULT_BASE_TAG,
  OVERRIDE_ANNOTATION,
  type ReleaseImage,
  unusedOverrides,
  VERSION_KEYS,
} from '../assemble/index.ts';
import { locateImage, mountSource, openImage } from '../images/index.ts';
import { goQuote } from '../text/index.ts';
import type { ComponentVersions } from '../types.ts';
import { parseComponentVersions, upgradeList } from '../versions/index.ts';
import { baseTagOf, moveTo, namesIn, type ResolvedInput, resolveInput } from './inputs/input.ts';
import { inputsRecord } from './inputs/record.ts';
import { checkMirrorTags, checkReleaseTag, releaseTag } from './inputs/tags.ts';
import type {
  Approval,
  NewPayload,
  PayloadInput,
  PreparedPayload,
  PrepareOptions,
  PushOptions,
  Recipe,
} from './options.ts';
import { platformReleases, platformWarnings } from './platforms.ts';
import { readComponents } from './read-components.ts';

/**
 * Reads the components and makes the release image, complete and checked, in memory; pushes nothing. Memory: the
 * manifests of all operators.
 *
 * Differs from `oc adm release new` in that all layers are searched for `/manifests`, every pull spec is pinned to a
 * digest, OCI base layers get docker media types, an unknown `include` is an error, and nothing is copied before the
 * release is pruned (payload format § 1.12). Throws `PAYLOAD_…` and `OCI_…` errors naming component, file and line.
 */
export async function preparePayload(input: PayloadInput, options: PrepareOptions): Promise<PreparedPayload> {
  const resolved = resolveInput(input, options);
  // what can be refused without asking a registry is refused first
  checkName(resolved.name, resolved.anyVersion);
  checkReleaseTag(resolved.name);
  checkUnique(resolved.tags);
  checkIncluded(resolved.include, resolved.tags);
  for (const { name, from } of resolved.tags) locateImage(name, from?.name ?? '', options);
  upgradeList(resolved.previous, 'previous');
  upgradeList(resolved.next, 'next');
  const declared = defaultVersionsOf(resolved);
  const compat = options.compat === 'oc';
  const defaultVersions = compat ? undefined : declared;
  const recordInputs = compat ? false : options.recordInputs;
  for (const line of describe(input, resolved)) options.onProgress?.(line);
  const baseTag =
    options.baseTag ??
    (resolved.reproduces === undefined ? undefined : await baseTagOf(resolved.reproduces, options.resolve)) ??
    DEFAULT_BASE_TAG;
  const baseIsComponent = resolved.baseImage === undefined;
  // oc looks for it when all components are read.
  if (baseIsComponent && !compat) checkBase(baseTag, resolved.tags);
  const given = resolved.baseImage === undefined ? undefined : await openImage(baseTag, resolved.baseImage, options);
  const components = await readComponents(resolved.tags, options);
  if (baseIsComponent && compat) checkBase(baseTag, resolved.tags);

  const ofTag = components.find(({ tag }) => tag.name === baseTag);
  const base = given ?? (ofTag && { ...ofTag, pullSpec: ofTag.tag.from?.name ?? '' });
  if (base === undefined) throw new Error(`no component was read for the tag ${baseTag}`);

  const { mirrorTo } = options;
  const tags = components.map(({ tag }) =>
    mirrorTo === undefined || tag.from === undefined
      ? tag
      : { ...tag, from: { ...tag.from, name: moveTo(mirrorTo, tag.from.name) } },
  );
  const ownBase = ofTag === undefined && resolved.baseImage !== undefined;
  const record = inputsRecord({
    ...(resolved.baseImage === undefined ? {} : { baseImage: base.pullSpec }),
    allowMissingImages: resolved.allowMissingImages,
    ...(resolved.componentVersions === undefined ? {} : { componentVersions: resolved.componentVersions }),
    ...(resolved.componentVersionNames === undefined ? {} : { componentVersionNames: resolved.componentVersionNames }),
    ...resolved.kept,
    fromFolders: resolved.folders !== undefined,
  });
  const keepAll = options.keepAll ?? (resolved.reproduces !== undefined && !compat);
  const overrides = new Set((options.overrides ?? []).map(({ source }) => source));
  const assembled = assemble(
    {
      name: resolved.name,
      tags,
      components: new Map(components.map((component) => [component.tag.name, component])),
      base: base.image,
      ...(resolved.folders === undefined ? {} : { operators: resolved.folders.operators }),
    },
    {
      creationTimestamp: resolved.created,
      previous: resolved.previous,
      next: resolved.next,
      metadata: recordInputs === false ? resolved.metadata : { ...resolved.metadata, ...record },
      include: resolved.include,
      ...(recordInputs === undefined ? {} : { recordInputs }),
      keepAll,
      overrides,
      annotations: resolved.annotations,
      allowMissingImages: resolved.allowMissingImages,
      skipManifestCheck: resolved.skipManifestCheck,
      ...(resolved.versionKeys === undefined ? {} : { versionKeys: resolved.versionKeys }),
      ...(defaultVersions === undefined ? {} : { defaultVersions }),
      // a base image given by pull spec needs no tag of its own in the release
      baseTag: ownBase ? undefined : baseTag,
      anyVersion: resolved.anyVersion,
    },
  );
  if (mirrorTo !== undefined)
    checkMirrorTags(
      assembled.name,
      assembled.imageReferences.tags.map(({ name }) => name),
    );
  if (assembled.pruned.length > 0) {
    options.onProgress?.(
      `Included ${assembled.imageReferences.tags.length} images from ${assembled.operators.length} input operators into the release`,
    );
  }
  const platforms =
    options.keepManifestList === true
      ? await platformReleases(assembled, base.source, base.image.listDigest ?? base.image.digest)
      : undefined;
  const layers = resolved.reproduces?.image.config.rootfs.diff_ids;
  return {
    ...assembled,
    inputs: components.map(({ tag }) =>
      overrides.has(tag.name) ? { ...tag, annotations: { [OVERRIDE_ANNOTATION]: 'true' } } : tag,
    ),
    recipe: recipeOf(resolved, options, {
      baseTag,
      keepAll,
      ...(resolved.baseImage === undefined ? {} : { baseImage: base.pullSpec }),
    }),
    warnings: [
      ...resolved.notes,
      ...unusedOverrides(overrides, {
        kept: assembled.imageReferences.tags.map(({ name }) => name),
        known: namesIn(input),
        excluded: new Set(options.exclude ?? []),
      }),
      ...assembled.warnings,
      ...platformWarnings(assembled.metadata, platforms, options),
    ],
    baseSource: base.source,
    basePullSpec: base.pullSpec,
    baseLayers: base.image.manifest.layers,
    ...(platforms === undefined ? {} : { platforms }),
    ...(layers == null ? {} : { reproduced: layers.at(-1) === assembled.layer.diffId }),
  };
}

function recipeOf(
  resolved: ResolvedInput,
  { architecture, compat, keepManifestList, mirrorTo }: PrepareOptions,
  found: Pick<Recipe, 'baseTag' | 'baseImage' | 'keepAll'>,
): Recipe {
  const { allowMissingImages, annotations, include, metadata, skipManifestCheck } = resolved;
  const { componentVersionNames, componentVersions, versionKeys } = resolved;
  return {
    ...found,
    allowMissingImages,
    annotations,
    include,
    metadata,
    skipManifestCheck,
    ...(componentVersionNames === undefined ? {} : { componentVersionNames }),
    ...(componentVersions === undefined ? {} : { componentVersions }),
    ...(versionKeys === undefined ? {} : { versionKeys }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(compat === undefined ? {} : { compat }),
    ...(keepManifestList === undefined ? {} : { keepManifestList }),
    ...(mirrorTo === undefined ? {} : { mirrorTo }),
    fromFolders: resolved.folders !== undefined,
  };
}

/** The versions given as options. Throws `PAYLOAD_COMPONENT_VERSION_INVALID`, as for a label (payload format § 1.4). */
function defaultVersionsOf({
  componentVersions,
  componentVersionNames,
  versionKeys = VERSION_KEYS,
}: ResolvedInput): ComponentVersions | undefined {
  if (componentVersions === undefined) {
    if (componentVersionNames === undefined) return undefined;
    throw new SlipwayError(
      'PAYLOAD_COMPONENT_VERSION_INVALID',
      '--component-versions-display-names gives names to versions, and there are none without --component-versions.',
      { place: { field: '--component-versions-display-names' } },
    );
  }
  const place = { field: '--component-versions' };
  let versions: ComponentVersions;
  try {
    versions = parseComponentVersions(componentVersions, componentVersionNames ?? '');
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw new SlipwayError(cause.code, `--component-versions is invalid: ${cause.message}`, { place, cause });
  }
  const unknown = [...versions.keys()].find((key) => !versionKeys.includes(key));
  if (unknown === undefined) return versions;
  throw new SlipwayError(
    'PAYLOAD_COMPONENT_VERSION_INVALID',
    `--component-versions is invalid: the component version ${goQuote(unknown)} is not in the allowed list`,
    { place, hint: `Allowed are: ${versionKeys.join(', ')}.` },
  );
}

/** What the input is, in oc's words. */
function describe(
  { fromRelease, imageStream }: PayloadInput,
  { tags, folders, reproduces }: ResolvedInput,
): readonly string[] {
  if (reproduces !== undefined) {
    const digest = reproduces.listDigest ?? reproduces.digest;
    const name = reproduces.reference.includes('@') ? '' : `${digest} `;
    return [`Release ${name}built from ${tags.length} images`];
  }
  // Nothing but mappings.
  if (imageStream?.tags.length === 0 && imageStream.status.tags.length === 0) return [];
  if (folders === undefined)
    return [`Found ${tags.length} images in ${fromRelease === undefined ? 'image stream' : 'release'}`];
  return [
    `Using ${folders.folder} as the input to the release`,
    `Found ${folders.operators.length} operator manifest directories on disk`,
  ];
}

/** Blobs under way: a registry answers only when it has them on disk. */
const BLOBS_AT_ONCE = 4;

async function putManifest(
  to: PushOptions['to'],
  reference: string,
  made: Pick<ReleaseImage, 'mediaType' | 'manifest' | 'digest'>,
): Promise<Digest> {
  const digest = await to.putManifest(reference, made.mediaType, made.manifest);
  if (digest === made.digest) return digest;
  throw new SlipwayError('PAYLOAD_PUSH_MISMATCH', `the registry stored the release as ${digest}, not ${made.digest}.`, {
    place: { image: to.name },
  });
}

/**
 * Pushes a prepared release: payload layer, base layers and configuration, and last the manifest under its tag. Of a
 * release for several platforms the images come first, by digest, and then their list under the tag.
 */
export async function pushPayload(prepared: PreparedPayload, { to, toName, toTag }: PushOptions): Promise<NewPayload> {
  const { layer, platforms } = prepared;
  const releases = platforms?.members ?? [
    { base: { manifest: { layers: prepared.baseLayers } }, release: prepared.image },
  ];
  const from = mountSource(prepared.baseSource.name, to.name);
  const layers = new Map(releases.flatMap(({ base }) => base.manifest.layers.map((layer) => [layer.digest, layer])));
  const blobs = [
    () => to.putBlob(layer, layer.bytes),
    ...[...layers.values()].map((blob) => () => copyBlob(prepared.baseSource, blob, to, { mountFrom: from })),
    ...releases.map(({ release: { configDigest, config } }) => {
      return () => to.putBlob({ digest: configDigest, size: config.length }, config);
    }),
  ];
  await mapLimit(blobs, BLOBS_AT_ONCE, async (push) => await push());
  if (platforms) for (const { release } of platforms.members) await putManifest(to, release.digest, release);
  const digest = await putManifest(to, toTag ?? releaseTag(prepared.name), platforms?.list ?? prepared.image);
  return { ...prepared, digest, pullSpec: `${toName ?? to.name}@${digest}` };
}

/**
 * `oc adm release new`: makes a release and pushes it. Nothing is pushed before everything is read, checked and approved.
 */
export async function newPayload(
  input: PayloadInput,
  options: PrepareOptions & PushOptions & { readonly approve?: Approval },
): Promise<NewPayload> {
  const prepared = await preparePayload(input, options);
  await options.approve?.(prepared);
  const made = await pushPayload(prepared, options);
  options.onProgress?.(`Pushed to ${options.toName ?? options.to.name}:${options.toTag ?? releaseTag(prepared.name)}`);
  return made;
}
