import { type Descriptor, isDockerFamily, labelsOf, MEDIA } from '../../../../oci/index.ts';
import { isSemver } from '../../../../version/index.ts';
import { BASE_DIGEST_LABEL, RELEASE_LABEL } from '../../../assemble/index.ts';
import { pullSpecOf, repositoryOf } from '../../../stream/index.ts';
import { compareBytes, listed, normaliseTime } from '../../../text/index.ts';
import { basesOf } from '../../../trust/index.ts';
import { everythingOf } from '../../objects.ts';
import type { LintFacts, LintRule, Problem } from '../../types.ts';
import { error, warning } from '../problem.ts';

const REFERENCES = { file: 'image-references' };
const METADATA = { file: 'release-metadata' };
const BASE_TAG = 'cluster-version-operator';

/** Registries that prune images or that nobody outside can reach (okd#2347, okd#1723, okd#2194). */
const PASSING_REGISTRIES =
  /^(?:registry\.ci\.openshift\.org|registry\.build\d*\.ci\.|image-registry\.openshift-image-registry\.svc|127\.0\.0\.1(?::|$))/;

/** Empty where the pull spec is none: P006 says so. */
function registryOf(pullSpec: string): string {
  return pullSpecOf(pullSpec)?.registry ?? '';
}

/** The repository of a pull spec; the text itself where it is none. */
function repositoryIn(pullSpec: string): string {
  const spec = pullSpecOf(pullSpec);
  return spec === undefined ? pullSpec : repositoryOf(spec);
}

/** Layers of components that are not as stated: a finding for each, however many components share it. */
function* wrongLayers(components: LintFacts['components'], sizes: LintFacts['componentSizes']): Iterable<Problem> {
  const wrong = components.flatMap(({ name, pullSpec, layers }) => {
    const asked = sizes?.get(name);
    return layers.flatMap(({ digest, size }) =>
      asked?.has(digest) === true && asked.get(digest) !== size
        ? [{ name, pullSpec, digest, size, actual: asked.get(digest) }]
        : [],
    );
  });
  const shared = Map.groupBy(wrong, ({ pullSpec, digest, size }) => [repositoryIn(pullSpec), digest, size].join(' '));
  for (const same of shared.values()) {
    const [first] = same;
    if (first === undefined) continue;
    const { pullSpec, digest, size, actual } = first;
    const names = listed(same.map(({ name }) => `"${name}"`));
    yield error(
      actual === undefined
        ? `The registry does not have ${digest} of ${names}.`
        : `The registry has ${actual} bytes of ${digest}; stated are ${size}, by ${names}.`,
      { image: pullSpec },
    );
  }
}

/** What would make a Cluster Version Operator or oc refuse the image as a release. */
export const STRUCTURE: readonly LintRule[] = [
  {
    id: 'P001',
    title: '/manifests and /release-manifests exist and hold manifests',
    *check({ files, base, payload }) {
      if (everythingOf({ files }).length === 0)
        yield error('/release-manifests holds no manifest.', { image: payload.pullSpec });
      if (base !== undefined && base.length === 0)
        yield error('The base image has no /manifests, so it is no Cluster Version Operator.', {
          image: payload.pullSpec,
        });
      if (base === undefined)
        yield warning(
          'The base image is no component of the release; its /manifests could not be checked.',
          REFERENCES,
        );
    },
  },
  {
    id: 'P002',
    title: 'one version: in release-metadata, image-references and the label io.openshift.release',
    *check({ payload: { metadata, imageReferences, image } }) {
      const { version } = metadata;
      if (!isSemver(version)) yield error(`The version "${version}" is not a semantic version.`, METADATA);
      if (imageReferences.name !== version)
        yield error(
          `image-references has the name "${imageReferences.name}", release-metadata the version "${version}".`,
          REFERENCES,
        );
      const label = labelsOf(image.config)[RELEASE_LABEL];
      if (label !== version)
        yield error(`The label ${RELEASE_LABEL} is "${label ?? ''}", the version "${version}".`, {
          field: RELEASE_LABEL,
        });
    },
  },
  {
    id: 'P003',
    title: 'the label io.openshift.release.base-image-digest names the Cluster Version Operator of the release',
    *check({ payload, components }) {
      const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
      const place = { field: BASE_DIGEST_LABEL };
      if (digest === undefined) {
        yield error(`The label ${BASE_DIGEST_LABEL} is missing; oc cannot make the release again.`, place);
        return;
      }
      const named = [...payload.images, ...components]
        .filter((image) => image.digest === digest)
        .map(({ name }) => name);
      if (named.includes(BASE_TAG)) return;
      if (named.length > 0) yield warning(`The release is built on "${named[0]}", not on ${BASE_TAG}.`, place);
      else yield error(`The release is built on ${digest}, which is no component of it.`, place);
    },
  },
  {
    id: 'P004',
    title: 'the payload is the last layer, alone, upon those of the base image',
    *check({ payload, components }) {
      const { image, payloadLayer, strays } = payload;
      const place = { image: image.digest };
      const { layers } = image.manifest;
      const last = layers.length - 1;
      if (payloadLayer !== last)
        yield error(
          `The payload is in layer ${payloadLayer} and the last one is ${last}: oc reads only the last layer.`,
          place,
        );
      if (strays.length > 0)
        yield error(
          `Other layers than the payload's brought, replaced or deleted what a cluster gets and oc does not see: ${strays.join(', ')}.`,
          place,
        );
      const [base] = basesOf(payload, components);
      if (base === undefined) return;
      const own = (from: readonly Descriptor[]): string => from.map((layer) => layer.digest).join(' ');
      if (own(layers.slice(0, payloadLayer)) !== own(base.layers))
        yield error(
          `The layers below the payload are not those of "${base.name}", on which the release says it is built.`,
          place,
        );
    },
  },
  {
    id: 'P005',
    title: 'configuration and layers have media types of the family of the manifest, and the sizes that it states',
    *check({ payload: { image }, components, sizes, componentSizes }) {
      const docker = isDockerFamily(image.mediaType);
      for (const [name, { mediaType, digest }] of [
        ['the configuration', image.manifest.config] as const,
        ...image.manifest.layers.map((layer, index) => [`layer ${index}`, layer] as const),
      ]) {
        if (isDockerFamily(mediaType) !== docker)
          yield error(`The manifest is ${image.mediaType}, but ${name} is ${mediaType}: CRI-O cannot pull this.`, {
            image: digest,
          });
      }
      if (docker && image.manifest.config.mediaType !== MEDIA.dockerConfig)
        yield error(`The configuration has the media type ${image.manifest.config.mediaType}.`, {
          image: image.digest,
        });
      for (const { name, pullSpec, mediaType, config, layers } of components) {
        const strange = [config, ...layers].find(
          (part) => isDockerFamily(part.mediaType) !== isDockerFamily(mediaType),
        );
        if (strange !== undefined)
          yield error(`The component "${name}" is ${mediaType}, but has ${strange.mediaType}: CRI-O cannot pull it.`, {
            image: pullSpec,
          });
      }
      yield* wrongLayers(components, componentSizes);
      for (const { digest, size } of [image.manifest.config, ...image.manifest.layers]) {
        if (sizes?.has(digest) !== true) continue;
        const actual = sizes.get(digest);
        if (actual === undefined)
          yield error('The registry does not have this part of the release.', { image: digest });
        else if (actual !== size)
          yield error(`The manifest states ${size} bytes of it, the registry has ${actual}.`, { image: digest });
      }
    },
  },
  {
    id: 'P006',
    title: 'every component is named by a digest that can be resolved',
    *check({ payload, unreadable }) {
      const pinned = new Set(payload.images.map(({ name }) => name));
      for (const { name, from } of payload.imageReferences.tags) {
        if (!pinned.has(name))
          yield error(`The component "${name}" is not named by digest.`, { ...REFERENCES, image: from?.name ?? name });
      }
      for (const { name, pullSpec, error: cause } of unreadable) {
        if (pinned.has(name))
          yield error(`The component "${name}" cannot be read: ${cause.message}`, { ...REFERENCES, image: pullSpec });
      }
    },
  },
  {
    id: 'P007',
    title: 'components are in a registry that keeps them',
    *check({ payload }) {
      const passing = Map.groupBy(
        payload.images.filter(({ pullSpec }) => PASSING_REGISTRIES.test(registryOf(pullSpec))),
        ({ pullSpec }) => registryOf(pullSpec),
      );
      for (const [registry, images] of passing) {
        yield warning(
          `${images.length} of ${payload.images.length} components are in ${registry}, which prunes images or is not public.`,
          { ...REFERENCES, image: images[0]?.pullSpec ?? registry },
        );
      }
    },
  },
  {
    id: 'P008',
    title: 'components are named once, in order',
    *check({ payload }) {
      const names = payload.imageReferences.tags.map(({ name }) => name);
      for (const [name, same] of Map.groupBy(names, (one) => one))
        if (same.length > 1) yield error(`Two components have the name "${name}".`, REFERENCES);
      const sorted = [...names].sort(compareBytes);
      if (sorted.some((name, index) => name !== names[index]))
        yield warning('The components are not sorted by name.', REFERENCES);
    },
  },
  {
    id: 'P009',
    title: 'previous, next and metadata are what the Cluster Version Operator reads',
    *check({ payload: { metadata, listDigest } }) {
      for (const [field, versions] of [
        ['previous', metadata.previous],
        ['next', metadata.next],
      ] as const) {
        for (const version of versions)
          if (!isSemver(version))
            yield warning(`"${version}" in ${field} is not a semantic version.`, { ...METADATA, field });
        if ([...versions].sort(compareBytes).some((version, index) => version !== versions[index]))
          yield warning(`The versions in ${field} are not sorted.`, { ...METADATA, field });
      }
      const { url, 'release.openshift.io/architecture': architecture } = metadata.metadata;
      if (url !== undefined && (typeof url !== 'string' || !URL.canParse(url)))
        yield warning(`The metadata's url is no URL: ${JSON.stringify(url)}.`, { ...METADATA, field: 'metadata.url' });
      const place = { ...METADATA, field: 'metadata.release.openshift.io/architecture' };
      if (architecture !== undefined && architecture !== 'multi')
        yield warning(`The only known architecture is "multi", not ${JSON.stringify(architecture)}.`, place);
      if (architecture === 'multi' && listDigest === undefined)
        yield error('The release says it is for several architectures, but it is a single image.', place);
      if (architecture !== 'multi' && listDigest !== undefined)
        yield error('The release is a manifest list, but its metadata does not say architecture "multi".', place);
    },
  },
  {
    id: 'P010',
    title: "the time of creation is the image's and not in the future",
    *check({ payload: { imageReferences, image }, at }) {
      const stated = imageReferences.creationTimestamp;
      const place = { ...REFERENCES, field: 'metadata.creationTimestamp' };
      if (stated === undefined) return;
      if (Date.parse(stated) > at.getTime()) yield warning(`The release was created in the future, ${stated}.`, place);
      const created = normaliseTime(image.config.created ?? '');
      if (created !== stated)
        yield warning(`image-references says created ${stated}, the image ${created ?? 'nothing'}.`, place);
    },
  },
  {
    id: 'P012',
    title: 'the images of a manifest list have one payload, and components are there for all of them',
    *check({ list, payload }) {
      if (list === undefined) return;
      const [first, ...others] = list.members;
      for (const { platform, payload: layer } of others) {
        if (layer !== first?.payload)
          yield error(`The payload of ${platform} is not that of ${first?.platform}.`, { image: payload.pullSpec });
      }
      const platforms = list.members.map(({ platform }) => platform);
      for (const { name, platforms: own } of list.components) {
        const missing = own === undefined ? undefined : platforms.filter((platform) => !own.includes(platform));
        if (missing === undefined)
          yield error(`"${name}" is a single image, the release is for ${platforms.join(', ')}.`, {
            ...REFERENCES,
            image: name,
          });
        else if (missing.length > 0)
          yield error(`"${name}" is not there for ${missing.join(', ')}.`, { ...REFERENCES, image: name });
      }
    },
  },
];
