import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { digestOf, LocalRegistry, MEDIA, type NewEntry, type Repository, writeLayer } from '../../oci/index.ts';

export const MTIME = 1_717_200_000;

export function file(path: string, content: string, mtime = MTIME): NewEntry {
  return { path, type: 'file', mode: 0o644, mtime, content: Buffer.from(content) };
}

/** A registry in a temporary folder, removed after the test. */
export async function temporaryRegistry(t: TestContext): Promise<LocalRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-payload-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return await LocalRegistry.open(folder);
}

export interface TestImage {
  readonly labels?: Readonly<Record<string, string>>;
  readonly layers: readonly (readonly NewEntry[])[];
  readonly architecture?: string;
  /** OCI media types instead of docker's. */
  readonly oci?: boolean;
  readonly layerType?: string;
  /** Time of the configuration and its history; `null` for none. */
  readonly created?: string | null;
}

/** Pushes an image and gives its digest. */
export async function pushImage(
  to: Repository,
  { labels, layers, architecture, oci, layerType, created = '2024-06-01T00:00:00.5Z' }: TestImage,
) {
  const written = layers.map((entries) => writeLayer(entries));
  for (const layer of written) await to.putBlob(layer, layer.bytes);
  const time = created === null ? {} : { created };
  const config = Buffer.from(
    JSON.stringify({
      ...time,
      architecture: architecture ?? 'amd64',
      os: 'linux',
      config: { Env: ['PATH=/usr/bin'], Entrypoint: ['/usr/bin/cluster-version-operator'], Labels: labels ?? {} },
      rootfs: { type: 'layers', diff_ids: written.map(({ diffId }) => diffId) },
      history: written.map(() => ({ ...time, created_by: 'test' })),
    }),
  );
  await to.putBlob({ digest: digestOf(config), size: config.length }, config);
  const mediaType = oci ? MEDIA.ociManifest : MEDIA.dockerManifest;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: oci ? MEDIA.ociConfig : MEDIA.dockerConfig, digest: digestOf(config), size: config.length },
      layers: written.map(({ digest, size }) => ({
        mediaType: layerType ?? (oci ? MEDIA.ociLayerGzip : MEDIA.dockerLayer),
        digest,
        size,
      })),
    }),
  );
  return await to.putManifest(digestOf(manifest), mediaType, manifest);
}

/** Pushes a manifest list, or an OCI index, of images that are there, and gives its digest. */
export async function pushList(
  to: Repository,
  members: readonly { readonly digest: string; readonly architecture?: string }[],
  oci = false,
) {
  const manifests = [];
  for (const { digest, architecture } of members) {
    const { bytes, mediaType } = await to.manifest(digest);
    const platform = architecture === undefined ? {} : { platform: { architecture, os: 'linux' } };
    manifests.push({ mediaType, digest, size: bytes.length, ...platform });
  }
  const mediaType = oci ? MEDIA.ociIndex : MEDIA.dockerList;
  const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  return await to.putManifest(digestOf(list), mediaType, list);
}

export const OPERATOR = { 'io.openshift.release.operator': 'true' };

export const INCLUDED = 'include.release.openshift.io/self-managed-high-availability: "true"';

/** A ConfigMap that every cluster gets. */
export function configMap(name: string, value = 'x'): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: test\n  annotations:\n    ${INCLUDED}\ndata:\n  value: "${value}"\n`;
}

/** An operator's `image-references`. */
export function imageReferences(names: readonly string[]): string {
  return JSON.stringify({
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    spec: {
      tags: names.map((name) => ({ name, from: { kind: 'DockerImage', name: `quay.io/openshift/origin-${name}` } })),
    },
  });
}

/** An image stream whose tags name images by digest. */
export function imageStream(images: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name: 'test' },
    spec: { tags: Object.entries(images).map(([name, spec]) => ({ name, from: { kind: 'DockerImage', name: spec } })) },
  });
}
