import { digestOf, type LoadedImage, MEDIA, parseConfig } from '../../oci/index.ts';
import type { LayeredFile, PayloadFile } from '../files.ts';
import { readFile } from '../lint/read.ts';
import { trustConfigs } from '../lint/trust.ts';
import type { LintFacts } from '../lint/types.ts';
import { VIEWS } from '../lint/views.ts';
import { newTag } from '../stream/reference-mode.ts';
import type { ImageStream, TagReference } from '../stream/types.ts';
import type { ComponentImage, Payload } from '../types.ts';
import { configMap, imageReferences, MTIME, OPERATOR } from './images.ts';

export const VERSION = '4.21.0-0.okd-scos-2026-11-23-051500';
export const AT = new Date('2026-11-23T06:00:00Z');
const CREATED = '2026-11-23T05:15:00Z';
const COMMIT = {
  'io.openshift.build.commit.id': '0123456789abcdef0123456789abcdef01234567',
  'io.openshift.build.source-location': 'https://github.com/openshift/x',
};

export function digest(name: string) {
  return digestOf(name);
}

export function pullSpec(name: string): string {
  return `quay.io/okd/scos-content@${digest(name)}`;
}

export function tag(name: string, annotations: Readonly<Record<string, string>> = {}): TagReference {
  return { ...newTag(name, pullSpec(name)), annotations: { ...COMMIT, ...annotations } };
}

export function component(name: string, more: Partial<ComponentImage> = {}): ComponentImage {
  const layer = { mediaType: MEDIA.dockerLayer, digest: digest(`${name} layer`), size: 100 };
  return {
    name,
    pullSpec: pullSpec(name),
    digest: digest(name),
    mediaType: MEDIA.dockerManifest,
    config: { mediaType: MEDIA.dockerConfig, digest: digest(`${name} config`), size: 10 },
    layers: [layer],
    labels: {},
    architecture: 'amd64',
    created: CREATED,
    ...more,
  };
}

export function manifestFile(name: string, text: string): PayloadFile {
  return { name, bytes: Buffer.from(text), mode: 0o444, mtime: MTIME };
}

export function layered(name: string, text: string, layer = 0): LayeredFile {
  return { ...manifestFile(name, text), layer };
}

/** An operator whose manifests use these components. */
export function operator(name: string, uses: readonly string[]): ComponentImage {
  return component(name, {
    labels: OPERATOR,
    manifests: [layered('image-references', imageReferences(uses)), layered('0000_50_a_1.yaml', configMap('a1'))],
  });
}

/** What a test may say differently about a payload that has nothing to complain about. */
export interface FactsChange {
  readonly files?: Readonly<Record<string, string>>;
  readonly tags?: readonly TagReference[];
  readonly stream?: Partial<ImageStream>;
  readonly metadata?: Partial<Payload['metadata']>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: Partial<LoadedImage>;
  readonly payload?: Partial<Payload>;
  readonly facts?: Partial<LintFacts>;
}

/** Facts of a small sound payload, changed. */
export async function facts(change: FactsChange = {}): Promise<LintFacts> {
  const tags = change.tags ?? [
    tag('cluster-version-operator'),
    tag('stream-coreos', {
      'io.openshift.build.versions': 'machine-os=10.0.20261123-0',
      'io.openshift.build.version-display-names': 'machine-os=CentOS Stream CoreOS',
    }),
    tag('stream-coreos-extensions'),
  ];
  const labels = change.labels ?? {
    'io.openshift.release': VERSION,
    'io.openshift.release.base-image-digest': digest('cluster-version-operator'),
  };
  const config = {
    created: CREATED,
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  };
  const rawConfig = Buffer.from(JSON.stringify(config));
  const layer = { mediaType: MEDIA.dockerLayer, digest: digest('layer'), size: 1 };
  const image: LoadedImage = {
    digest: digest('release'),
    mediaType: MEDIA.dockerManifest,
    manifest: {
      schemaVersion: 2,
      config: { mediaType: MEDIA.dockerConfig, digest: digestOf(rawConfig), size: rawConfig.length },
      layers: [layer, layer],
    },
    config: parseConfig(rawConfig, {}),
    rawManifest: Buffer.alloc(0),
    rawConfig,
    ...change.image,
  };
  const imageReferences: ImageStream = {
    name: VERSION,
    creationTimestamp: CREATED,
    annotations: {},
    labels: {},
    lookupLocal: false,
    tags,
    status: { dockerImageRepository: '', publicDockerImageRepository: '', tags: [] },
    ...change.stream,
  };
  const files = Object.entries(change.files ?? { '0000_50_test_01.yaml': configMap('test') }).map(([name, text]) =>
    manifestFile(name, text),
  );
  const payload: Payload = {
    reference: `quay.io/okd/scos-release:${VERSION}`,
    pullSpec: `quay.io/okd/scos-release@${image.digest}`,
    digest: image.digest,
    image,
    imageReferences,
    images: tags.flatMap(({ name, from }) =>
      from?.name.includes('@') ? [{ name, pullSpec: from.name, digest: digest(name) }] : [],
    ),
    metadata: { version: VERSION, previous: [], next: [], metadata: {}, ...change.metadata },
    files,
    payloadLayer: 1,
    strays: [],
    dropped: [],
    warnings: [],
    ...change.payload,
  };
  const read = files.map(readFile);
  const base = [layered('0000_00_cluster-version-operator_00.yaml', configMap('cvo'))];
  return {
    payload,
    files: read,
    base,
    components: tags.map(({ name }) =>
      name === 'cluster-version-operator'
        ? {
            ...operator(
              name,
              tags.map((other) => other.name),
            ),
            layers: [layer],
          }
        : component(name),
    ),
    unreadable: [],
    trust: await trustConfigs(base, read),
    clusters: VIEWS.map((featureSet) => ({ featureSet })),
    at: AT,
    ...change.facts,
  };
}
