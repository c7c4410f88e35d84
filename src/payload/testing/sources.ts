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
export const IMAGES: Readonly<Record<string, TestImage>> = {
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
};

/** A registry with these images, an image stream of them, and options of a release that is made of it. */
export async function setUp(t: TestContext, images = IMAGES) {
  const registry = await temporaryRegistry(t);
  const content = registry.repository('okd/content');
  const specs: Record<string, string> = {};
  for (const [name, image] of Object.entries(images))
    specs[name] = `localhost:8080/okd/content@${await pushImage(content, image)}`;
  const release = registry.repository('okd/release');
  const options: PrepareOptions = {
    name: NIGHTLY,
    creationTimestamp: CREATED,
    referenceMode: 'source',
    resolve: (pullSpec) => (pullSpec.includes('okd/release') ? release : content),
  };
  const input = { imageStream: parseImageStream(imageStream(specs), 'is.json') };
  return { content, release, specs, options, input };
}
