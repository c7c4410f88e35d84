/** A generated release: 190 images, 65 operators, 5 shared base layers. */
import { createHash } from 'node:crypto';
import {
  digestOf,
  type LocalRegistry,
  MEDIA,
  type NewEntry,
  type WrittenLayer,
  writeLayer,
} from '../../src/oci/index.ts';
import { pseudoRandom } from '../../src/oci/testing/bytes.ts';

const BASES = 5;

function file(path: string, content: Buffer | string): NewEntry {
  return { path, type: 'file', mode: 0o644, mtime: 1_717_200_000, content: Buffer.from(content) };
}

function manifest(name: string, index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}-${index}
  namespace: openshift-${name}
  annotations:
    include.release.openshift.io/self-managed-high-availability: "true"
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    spec:
      containers:
      - name: main
        image: quay.io/openshift/origin-${name}
        env:
        - name: RELEASE_VERSION
          value: "0.0.1-snapshot"
        args: [${Array.from({ length: 40 }, (_, at) => `"--flag-${at}=${index}"`).join(', ')}]
`;
}

function operatorFiles(name: string): NewEntry[] {
  const references = {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    spec: { tags: [{ name, from: { kind: 'DockerImage', name: `quay.io/openshift/origin-${name}` } }] },
  };
  return [
    file('manifests/image-references', JSON.stringify(references)),
    ...Array.from({ length: 12 }, (_, index) =>
      file(`manifests/${String(index).padStart(2, '0')}_deployment.yaml`, manifest(name, index)),
    ),
  ];
}

async function push(
  to: ReturnType<LocalRegistry['repository']>,
  labels: Record<string, string>,
  layers: readonly WrittenLayer[],
) {
  for (const layer of layers) if (!(await to.hasBlob(layer.digest))) await to.putBlob(layer, layer.bytes);
  const config = Buffer.from(
    JSON.stringify({
      created: '2024-06-01T00:00:00Z',
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
      history: [],
    }),
  );
  await to.putBlob({ digest: digestOf(config), size: config.length }, config);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: { mediaType: MEDIA.dockerConfig, digest: digestOf(config), size: config.length },
      layers: layers.map(({ digest, size }) => ({ mediaType: MEDIA.dockerLayer, digest, size })),
    }),
  );
  return await to.putManifest(digestOf(bytes), MEDIA.dockerManifest, bytes);
}

/** Fills the repository and gives tag name ► digest. */
export async function generate(
  to: ReturnType<LocalRegistry['repository']>,
  images: number,
  baseMib: number,
  ownMib: number,
): Promise<Map<string, string>> {
  const operators = Math.round(images / 3);
  const bases = Array.from({ length: BASES }, (_, index) =>
    writeLayer([file('usr/lib/base', pseudoRandom(`base ${index}`, baseMib << 20))]),
  );
  const digests = new Map<string, string>();
  for (let index = 0; index < images; index++) {
    const operator = index > 0 && index <= operators;
    const name = index === 0 ? 'cluster-version-operator' : operator ? `operator-${index}` : `component-${index}`;
    const own = writeLayer([
      file('usr/bin/program', pseudoRandom(name, Math.round(ownMib * 2 ** 20))),
      ...(operator ? operatorFiles(name) : []),
    ]);
    const labels = {
      'io.openshift.build.commit.id': createHash('sha1').update(name).digest('hex'),
      ...(operator ? { 'io.openshift.release.operator': 'true' } : {}),
    };
    digests.set(name, await push(to, labels, [bases[index % BASES] as WrittenLayer, own]));
  }
  return digests;
}
