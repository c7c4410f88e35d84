import { createHash } from 'node:crypto';
import { type NewEntry, writeLayer } from '../../oci/index.ts';
import { canonicalJson } from '../../util/index.ts';

/** Where the disconnected update service looks for graph-data, and how it is copied out of the image. */
const FOLDER = 'var/lib/cincinnati-graph-data';
const COMMAND = ['/bin/bash', '-c', `exec cp -rp /${FOLDER}/* /var/lib/cincinnati/graph-data`];

/** The image that graph-data is laid on: its configuration and layers, which are copied beside. */
export interface ImageBase {
  readonly architecture: string;
  readonly diffIds: readonly string[];
  readonly layers: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
  readonly env: readonly string[];
}

/** An OCI image layout as path -> bytes, without the layers of the base. */
export interface GraphDataImage {
  readonly digest: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * The graph-data image of the OpenShift Update Service: one layer with `/var/lib/cincinnati-graph-data`, and the
 * command that its init container runs. The command needs a base with bash and cp; without a base the image can be
 * mirrored by oc-mirror and read by Cincinnati's own scraper (dkrv2, once it is pushed with Docker's media types, for it
 * knows no others), but not run. Deterministic: all times are 0.
 */
export function graphDataImage(files: ReadonlyMap<string, string>, base?: ImageBase): GraphDataImage {
  const layer = writeLayer(entriesOf(files, FOLDER));
  const config = encode({
    architecture: base?.architecture ?? 'amd64',
    config: {
      Cmd: COMMAND,
      ...(base === undefined || base.env.length === 0 ? {} : { Env: base.env }),
    },
    created: '1970-01-01T00:00:00Z',
    history: [],
    os: 'linux',
    rootfs: { diff_ids: [...(base?.diffIds ?? []), layer.diffId], type: 'layers' },
  });
  const manifest = encode({
    config: { digest: config.digest, mediaType: 'application/vnd.oci.image.config.v1+json', size: config.bytes.length },
    layers: [
      ...(base?.layers ?? []).map(({ mediaType, digest, size }) => ({ digest, mediaType, size })),
      { digest: layer.digest, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', size: layer.size },
    ],
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    schemaVersion: 2,
  });
  const index = encode({
    manifests: [
      {
        annotations: { 'org.opencontainers.image.ref.name': 'latest' },
        digest: manifest.digest,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        size: manifest.bytes.length,
      },
    ],
    mediaType: 'application/vnd.oci.image.index.v1+json',
    schemaVersion: 2,
  });
  const blob = (digest: string): string => `blobs/${digest.replace(':', '/')}`;
  return {
    digest: manifest.digest,
    files: new Map<string, Uint8Array>([
      ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', index.bytes],
      [blob(layer.digest), layer.bytes],
      [blob(config.digest), config.bytes],
      [blob(manifest.digest), manifest.bytes],
    ]),
  };
}

/** Graph-data as entries of an archive: folders before what is in them, all times 0. */
export function entriesOf(files: ReadonlyMap<string, string>, root = ''): NewEntry[] {
  const base = root === '' ? [] : root.split('/');
  const folders = new Set<string>();
  const add = (parts: readonly string[]): void => {
    for (let end = 1; end <= parts.length; end++) folders.add(`${parts.slice(0, end).join('/')}/`);
  };
  add(base);
  for (const path of files.keys()) add([...base, ...path.split('/').slice(0, -1)]);
  const directories = [...folders].sort().map((path): NewEntry => ({ path, type: 'directory', mode: 0o755, mtime: 0 }));
  const contents = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([path, text]): NewEntry => ({
        path: [...base, path].join('/'),
        type: 'file',
        mode: 0o644,
        mtime: 0,
        content: Buffer.from(text),
      }),
    );
  return [...directories, ...contents];
}

function encode(value: unknown): { readonly bytes: Buffer; readonly digest: string } {
  const bytes = Buffer.from(canonicalJson(value));
  return { bytes, digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}` };
}
