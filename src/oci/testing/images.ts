// Helpers of this room's tests.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { digestOf } from '../format/digest.ts';
import { MEDIA } from '../format/media.ts';
import { type NewEntry, writeLayer } from '../layer/writer.ts';
import type { RegistryOptions } from '../registry/http/call.ts';
import { registryPlugin } from '../registry/http/plugin.ts';
import { LocalRegistry } from '../registry/storage/local.ts';
import type { ImageTarget } from '../source.ts';

export interface Cleanup {
  after(work: () => Promise<void>): void;
}

export async function scratch(t: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-oci-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Served {
  readonly app: FastifyInstance;
  readonly store: LocalRegistry;
  readonly host: string;
  readonly url: string;
}

/** A registry on loopback, closed when the test ends. */
export async function serve(t: Cleanup, folder: string, authorize?: RegistryOptions['authorize']): Promise<Served> {
  const store = await LocalRegistry.open(folder);
  const app = Fastify();
  await app.register(registryPlugin, { store, ...(authorize === undefined ? {} : { authorize }) });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  return { app, store, host: new URL(url).host, url };
}

export interface Pushed {
  readonly manifest: Buffer;
  readonly layers: readonly ReturnType<typeof writeLayer>[];
}

/** Pushes an image made of these layers under a tag. */
export async function push(
  target: ImageTarget,
  tag: string,
  layers: readonly (readonly NewEntry[])[],
  labels: Record<string, string> = {},
): Promise<Pushed> {
  const written = layers.map(writeLayer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Labels: labels },
      rootfs: { type: 'layers', diff_ids: written.map((layer) => layer.diffId) },
      history: [],
    }),
  );
  for (const layer of written) await target.putBlob(layer, layer.bytes);
  await target.putBlob({ digest: digestOf(config), size: config.length }, config);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: { mediaType: MEDIA.dockerConfig, digest: digestOf(config), size: config.length },
      layers: written.map((layer) => ({ mediaType: MEDIA.dockerLayer, digest: layer.digest, size: layer.size })),
    }),
  );
  await target.putManifest(tag, MEDIA.dockerManifest, manifest);
  return { manifest, layers: written };
}

export const file = (path: string, content: string, mode = 0o644): NewEntry => ({
  path,
  type: 'file',
  mode,
  mtime: 1_700_000_000,
  content: Buffer.from(content),
});
