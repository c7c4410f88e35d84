import { isRepositoryName } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { assemble, DEFAULT_BASE_TAG } from '../assemble/assemble.ts';
import { checkName, checkUnique } from '../assemble/checks.ts';
import { goQuote } from '../text/quote.ts';
import { upgradeList } from '../versions/upgrades.ts';
import { baseTagOf, moveTo, resolveInput } from './input.ts';
import { openImage } from './open-image.ts';
import type { NewPayload, PayloadInput, PreparedPayload, PrepareOptions, PushOptions } from './options.ts';
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
  checkName(resolved.name, options.anyVersion ?? false);
  checkUnique(resolved.tags);
  upgradeList(resolved.previous, 'previous');
  upgradeList(resolved.next, 'next');
  options.onProgress?.(
    `Found ${resolved.tags.length} images in ${input.fromRelease === undefined ? 'image stream' : 'release'}`,
  );
  const components = await readComponents(resolved.tags, options);

  const baseTag =
    options.baseTag ??
    (resolved.reproduces === undefined ? undefined : baseTagOf(resolved.reproduces)) ??
    DEFAULT_BASE_TAG;
  const ofTag = components.find(({ tag }) => tag.name === baseTag);
  const base =
    options.baseImage === undefined
      ? ofTag && { ...ofTag, pullSpec: ofTag.tag.from?.name ?? '' }
      : await openImage(baseTag, options.baseImage, options);
  if (base === undefined) {
    throw new SlipwayError(
      'PAYLOAD_BASE_MISSING',
      `the base image tag ${goQuote(baseTag)} could not be found in the input, cannot build a release image`,
      { place: { field: '--to-image-base-tag' } },
    );
  }

  const { mirrorTo } = options;
  const tags = components.map(({ tag }) =>
    mirrorTo === undefined || tag.from === undefined
      ? tag
      : { ...tag, from: { ...tag.from, name: moveTo(mirrorTo, tag.from.name) } },
  );
  const overrides = new Set((options.overrides ?? []).map(({ source }) => source));
  const assembled = assemble(
    {
      name: resolved.name,
      tags,
      components: new Map(components.map((component) => [component.tag.name, component])),
      base: base.image,
    },
    {
      creationTimestamp: resolved.created,
      previous: resolved.previous,
      next: resolved.next,
      metadata: resolved.metadata,
      include: resolved.include,
      ...(options.recordInclude === undefined ? {} : { recordInclude: options.recordInclude }),
      overrides,
      annotations: resolved.annotations,
      ...(options.allowMissingImages === undefined ? {} : { allowMissingImages: options.allowMissingImages }),
      // a base image given by pull spec needs no tag of its own in the release
      baseTag: ofTag === undefined && options.baseImage !== undefined ? undefined : baseTag,
      ...(options.anyVersion === undefined ? {} : { anyVersion: options.anyVersion }),
    },
  );
  if (assembled.pruned.length > 0) {
    options.onProgress?.(
      `Included ${assembled.imageReferences.tags.length} images from ${assembled.operators.length} input operators into the release`,
    );
  }
  const layers = resolved.reproduces?.image.config.rootfs.diff_ids;
  return {
    ...assembled,
    warnings: [...resolved.notes, ...assembled.warnings],
    baseSource: base.source,
    basePullSpec: base.pullSpec,
    baseLayers: base.image.manifest.layers,
    ...(layers == null ? {} : { reproduced: layers.at(-1) === assembled.layer.diffId }),
  };
}

/** `host` and `path` of a repository's name; those of an embedded registry have no host. */
function splitName(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const host = /[.:]/.test(first) || first === 'localhost' ? first : '';
  return { host, path: host === '' ? name : name.slice(slash + 1) };
}

/** The repository that base layers can be mounted from: one of the target's own registry. */
function mountSource(source: string, target: string): string | undefined {
  const from = splitName(source);
  return from.host === splitName(target).host && isRepositoryName(from.path) ? from.path : undefined;
}

/** Pushes a prepared release: base layers, payload layer, configuration, and last the manifest under its tag. */
export async function pushPayload(prepared: PreparedPayload, { to, toName, toTag }: PushOptions): Promise<NewPayload> {
  const { image, layer } = prepared;
  const from = mountSource(prepared.baseSource.name, to.name);
  for (const { digest, size } of prepared.baseLayers) {
    if (await to.hasBlob(digest)) continue;
    if (from !== undefined && (await to.mountBlob(digest, from))) continue;
    await to.putBlob({ digest, size }, await prepared.baseSource.blob({ digest, size }));
  }
  await to.putBlob(layer, layer.bytes);
  await to.putBlob({ digest: image.configDigest, size: image.config.length }, image.config);
  const digest = await to.putManifest(toTag ?? prepared.name, image.mediaType, image.manifest);
  if (digest !== image.digest) {
    throw new SlipwayError(
      'PAYLOAD_PUSH_MISMATCH',
      `the registry stored the release as ${digest}, not ${image.digest}.`,
      {
        place: { image: to.name },
      },
    );
  }
  return { ...prepared, digest, pullSpec: `${toName ?? to.name}@${digest}` };
}

/** `oc adm release new`: makes a release and pushes it. Nothing is pushed before everything is read and checked. */
export async function newPayload(input: PayloadInput, options: PrepareOptions & PushOptions): Promise<NewPayload> {
  const prepared = await preparePayload(input, options);
  const made = await pushPayload(prepared, options);
  options.onProgress?.(`Pushed to ${options.toName ?? options.to.name}:${options.toTag ?? prepared.name}`);
  return made;
}
