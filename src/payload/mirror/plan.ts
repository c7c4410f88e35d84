import { isDigest, isTag } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { formatPullSpec, parsePullSpec, repositoryOf } from '../stream/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload, PayloadImage } from '../types.ts';

/** Names of architectures in the tags of a mirror, where they are not Go's (payload format § 2.6). */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ['amd64', 'x86_64'],
  ['arm64', 'aarch64'],
]);

const COMPONENT = `\${component}`;
const VERSION = `\${version}`;

export interface MirrorImage {
  /** Component of the release; undefined for the release image itself. */
  readonly component: string | undefined;
  /** Pull spec by digest. */
  readonly source: string;
  readonly digest: string;
  /** Tag in the mirror. */
  readonly tag: string;
}

export interface MirrorPlan {
  /** Repository of the mirror: `host/path`, or a path below a folder. */
  readonly repository: string;
  /**
   * What goes there: components in order of their names, the release image last, unless it is left out or goes elsewhere:
   * it becomes visible when it is complete.
   */
  readonly images: readonly MirrorImage[];
  readonly release: MirrorImage;
  /** `repository:tag` of the release image; undefined when it is left out. */
  readonly releaseAt: string | undefined;
  /** Repositories that the pull specs of a cluster name, sorted. */
  readonly sources: readonly string[];
}

export interface PlanOptions {
  /**
   * `host/path`, `file://path` for a folder, or `host/path:TAG` with `${component}` and `${version}` in the tag; the architecture follows the tag.
   * Default tags are `VERSION-ARCH` for the release and `VERSION-ARCH-COMPONENT`.
   */
  readonly to: string;
  /** Tags of a release for several platforms end with `multi`, not with the name of the one that was read. */
  readonly keepManifestList?: boolean;
  /** Where the release image goes instead (a repository, or `repository:tag`), or that it is left out. */
  readonly release?: 'skipped' | { readonly to: string };
}

function usage(message: string, hint?: string): SlipwayError {
  return new SlipwayError('PAYLOAD_MIRROR_TARGET', message, {
    place: { field: '--to' },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Repository and tags of a target (payload format § 2.6). */
function target(to: string, version: string, suffix: string) {
  if (!to.includes(COMPONENT)) {
    const { tag, id } = parsePullSpec(to.replace(/^file:\/\//, ''));
    if (tag !== '' || id !== '')
      throw usage(
        '--to must be to an image repository and may not contain a tag or digest.',
        `Tags are made of the version; \`${COMPONENT}\` in a tag gives them another form.`,
      );
    const base = `${version}-${suffix}`;
    return {
      repository: to,
      tag: (component: string | undefined) => (component === undefined ? base : `${base}-${component}`),
    };
  }
  const colon = to.lastIndexOf(':');
  const [repository, pattern] = colon > to.lastIndexOf('/') ? [to.slice(0, colon), to.slice(colon + 1)] : [to, ''];
  if (repository.includes(COMPONENT) || to.split(COMPONENT).length > 2) {
    throw usage(
      'when mirroring to multiple repositories, use the new release command with --from-release and --mirror.',
      `One ${COMPONENT} may stand in the tag.`,
    );
  }
  return {
    repository: repository.replaceAll(VERSION, version),
    tag: (component: string | undefined) =>
      `${pattern.replaceAll(COMPONENT, component ?? 'release').replaceAll(VERSION, version)}-${suffix}`,
  };
}

/**
 * Every component of a release, in order of their names. A mirror without one of them would be another release, and
 * images that share a tag would be one: oc refuses the first and takes the second. Throws `PAYLOAD_COMPONENT_UNPINNED`,
 * `PAYLOAD_COMPONENT_TWICE`.
 */
function componentsOf({ imageReferences, reference }: Payload): readonly PayloadImage[] {
  const found = new Map<string, PayloadImage>();
  for (const { name, from } of imageReferences.tags) {
    const pullSpec = from?.name ?? '';
    const place = { image: reference, field: `spec.tags[${name}]` };
    const digest = pullSpec.slice(pullSpec.indexOf('@') + 1);
    if (!isDigest(digest))
      throw new SlipwayError(
        'PAYLOAD_COMPONENT_UNPINNED',
        `image-references should only contain pointers to images by digest: ${pullSpec === '' ? `"${name}" has none` : pullSpec}.`,
        { place, hint: '`slipway payload new` pins every component of a release.' },
      );
    if (found.has(name))
      throw new SlipwayError('PAYLOAD_COMPONENT_TWICE', `the release has two components "${name}".`, {
        place,
        hint: 'Both images would be stored under one tag, and a registry prunes what has none.',
      });
    found.set(name, { name, pullSpec, digest });
  }
  return [...found.values()].sort((a, b) => compareBytes(a.name, b.name));
}

/**
 * What is to be copied where: every image of the release, each under a tag of its own so that no registry prunes it.
 * Pure. Throws `PAYLOAD_MIRROR_TARGET` also for a component whose name would make a tag that none is, `PAYLOAD_PULL_SPEC_INVALID`,
 * `PAYLOAD_COMPONENT_UNPINNED`, `PAYLOAD_COMPONENT_TWICE`.
 */
export function planMirror(payload: Payload, { to, keepManifestList, release: place }: PlanOptions): MirrorPlan {
  const { version } = payload.metadata;
  const { architecture } = payload.image.config;
  const multi = keepManifestList === true && payload.listDigest !== undefined;
  const { repository, tag } = target(to, version, multi ? 'multi' : (ARCHITECTURES.get(architecture) ?? architecture));
  // A tag may have no "+", which a version may (distribution-spec 1.1, § Pulling manifests).
  const tagOf = (component: string | undefined): string => tag(component).replaceAll('+', '_');
  // A list is copied whole: the pull specs of clusters name it, whatever platform they have.
  const digest = payload.listDigest ?? payload.digest;
  const release = {
    component: undefined,
    source: formatPullSpec({ ...parsePullSpec(payload.pullSpec), tag: '', id: digest }),
    digest,
    tag: tagOf(undefined),
  };
  const components = componentsOf(payload).map(({ name, pullSpec, digest }) => ({
    component: name,
    source: pullSpec,
    digest,
    tag: tagOf(name),
  }));
  for (const { component, tag: name } of [release, ...components])
    if (!isTag(name))
      throw new SlipwayError('PAYLOAD_MIRROR_TARGET', `"${name}" is no tag, and no image can be stored under it.`, {
        place: { image: payload.reference, field: component === undefined ? 'version' : `spec.tags[${component}]` },
      });
  const repositories = [release, ...components].map(({ source }) => repositoryOf(parsePullSpec(source)));
  return {
    repository,
    images: place === undefined ? [...components, release] : components,
    release,
    releaseAt: place === 'skipped' ? undefined : withTag(place?.to ?? repository, release.tag),
    sources: [...new Set(repositories)].sort(compareBytes),
  };
}

function withTag(place: string, tag: string): string {
  return parsePullSpec(place.replace(/^file:\/\//, '')).tag === '' ? `${place}:${tag}` : place;
}

/** The lines that `oc image mirror -f` takes (oc's `--to-mirror`): the release first. */
export function formatMapping({ repository, images, release, releaseAt }: MirrorPlan): string {
  const components = images.filter((image) => image !== release);
  return [
    ...(releaseAt === undefined ? [] : [`${release.source} ${releaseAt}\n`]),
    ...components.map(({ source, tag }) => `${source} ${repository}:${tag}\n`),
  ].join('');
}
