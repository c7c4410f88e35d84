import type { TestContext } from 'node:test';
import type { PrepareOptions } from '../create/options.ts';
import { parseImageStream } from '../stream/parse.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  OPERATOR,
  pushImage,
  type TestImage,
  temporaryRegistry,
} from './images.ts';

export const NIGHTLY = '4.21.0-0.okd-scos-2026-11-23-051500';
export const CREATED = new Date('2026-11-23T05:15:00Z');
/** A base, an operator with what it refers to, and an image that nothing refers to. */
export const IMAGES = {
  'cluster-version-operator': { layers: [[file('usr/bin/cluster-version-operator', 'cvo')]] },
  cli: { layers: [[file('usr/bin/oc', 'oc')]] },
  etcd: { layers: [[file('usr/bin/etcd', 'etcd')]] },
  'etcd-operator': {
    labels: OPERATOR,
    layers: [
      [
        file('manifests/image-references', imageReferences(['etcd'])),
        file('manifests/01.yaml', configMap('etcd', 'quay.io/openshift/origin-etcd')),
      ],
    ],
  },
} as const satisfies Readonly<Record<string, TestImage>>;

/** A registry with these images, an image stream that names them by a repository, and options of a release made of it. */
export async function setUp(
  t: TestContext,
  images: Readonly<Record<string, TestImage>> = IMAGES,
  repository = 'localhost:8080/okd/content',
) {
  const registry = await temporaryRegistry(t);
  const content = registry.repository('okd/content');
  const specs: Record<string, string> = {};
  for (const [name, image] of Object.entries(images)) specs[name] = `${repository}@${await pushImage(content, image)}`;
  const release = registry.repository('okd/release');
  const options: PrepareOptions = {
    name: NIGHTLY,
    creationTimestamp: CREATED,
    referenceMode: 'source',
    resolve: (pullSpec) => (pullSpec.includes('release') ? release : content),
  };
  const input = { imageStream: parseImageStream(imageStream(specs), 'is.json') };
  return { registry, content, release, specs, options, input };
}
