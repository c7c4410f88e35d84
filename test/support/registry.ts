import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { LocalRegistry, registryPlugin } from '../../src/oci/index.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  OPERATOR,
  pushImage,
  type TestImage,
} from '../../src/payload/testing/images.ts';
import { atEnd, temporaryFolder } from './clone.ts';

/** A registry in this process, closed and removed when the test ends. */
export async function servedRegistry(
  t: { after(work: () => Promise<void>): void },
  prepare: (app: FastifyInstance) => void = () => {},
) {
  const folder = await temporaryFolder(t);
  const store = await LocalRegistry.open(join(folder, 'registry'));
  const app = Fastify({ forceCloseConnections: true });
  prepare(app);
  await app.register(registryPlugin, { store });
  const host = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).host;
  atEnd(t, async () => {
    await app.close();
  });
  return { folder, store, host, app };
}

/** A small release's images: a base, an operator with the component it refers to, and one that nothing refers to. */
export const IMAGES: Readonly<Record<string, TestImage>> = {
  'cluster-version-operator': {
    layers: [[file('usr/bin/cluster-version-operator', 'cvo'), file('manifests/0000_00_cvo.yaml', configMap('cvo'))]],
  },
  etcd: { layers: [[file('usr/bin/etcd', 'etcd')]] },
  'etcd-operator': {
    labels: OPERATOR,
    layers: [
      [
        file('manifests/image-references', imageReferences(['etcd'])),
        file('manifests/0000_20_etcd_01.yaml', configMap('etcd', 'quay.io/openshift/origin-etcd')),
      ],
    ],
  },
  unused: { layers: [[file('usr/bin/unused', 'unused')]] },
};

/** Pushes images into `okd/content` and gives their pull specs, with the stream that names them. */
export async function pushImages(
  { store, host }: { readonly store: LocalRegistry; readonly host: string },
  images: Readonly<Record<string, TestImage>> = IMAGES,
) {
  const content = store.repository('okd/content');
  const specs: Record<string, string> = {};
  for (const [name, image] of Object.entries(images))
    specs[name] = `${host}/okd/content@${await pushImage(content, image)}`;
  return { specs, stream: imageStream(specs) };
}
