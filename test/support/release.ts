// A release that `payload new` makes in a registry, trusted by a key of its own, and its signature.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { file, OPERATOR, type TestImage } from '../../src/payload/testing/images.ts';
import { generateKey, signatureFiles, signRelease, updateKeysManifest } from '../../src/sign/index.ts';
import { slipwayAside } from './clone.ts';
import { IMAGES, pushImages, type servedRegistry } from './registry.ts';

export const VERSION = '4.21.0-okd-scos.7';
type Registry = Awaited<ReturnType<typeof servedRegistry>>;

const newKey = () => generateKey({ name: 'OKD', email: 'okd@example.com', at: new Date('2026-01-01'), bits: 2048 });
const key = await newKey();
/** One that no release trusts unless it is told to. */
export const otherKey = await newKey();

interface Trust {
  readonly version?: string;
  readonly trusted?: typeof key;
  readonly store?: string;
}

/** Makes a release in the registry that trusts the key and the store; its pull spec. */
export async function release(
  registry: Registry,
  images: Readonly<Record<string, TestImage>> = {},
  { version = VERSION, trusted = key, store = join(registry.folder, 'store') }: Trust = {},
) {
  const address = /^https?:/.test(store) ? store : `file://${store}`;
  const keys = updateKeysManifest({ name: 'test', publicKeys: [trusted.publicKey], store: address });
  const trust = { labels: OPERATOR, layers: [[file('manifests/0000_90_keys.yaml', keys)]] };
  const { stream } = await pushImages(registry, { ...IMAGES, 'cluster-update-keys': trust, ...images });
  const path = join(registry.folder, 'stream.json');
  await writeFile(path, stream);
  const reference = `${registry.host}/okd/release:${version}`;
  const include = Object.keys(images).flatMap((name) => ['--include', name]);
  const args = ['-f', path, '--reference-mode', 'source', '--name', version, '--to-image', reference, ...include];
  const made = await slipwayAside(['payload', 'new', ...args], { SOURCE_DATE_EPOCH: '1790000000' });
  assert.equal(made.code, 0, made.stderr);
  return { reference, digest: made.stdout.split(' ')[0] ?? '', store };
}

/** Signs a release, into its own store if no other is named. */
export async function sign(
  { reference, digest, ...made }: Awaited<ReturnType<typeof release>>,
  { by = key, store = made.store }: { readonly by?: typeof key; readonly store?: string } = {},
): Promise<void> {
  const signature = await signRelease({ digest, reference, creator: 'test', timestamp: 1_790_000_100 }, by);
  for (const { layout, path, bytes } of signatureFiles({ digest, repository: reference, signatures: [signature] })) {
    if (layout !== 'cvo') continue;
    await mkdir(join(store, path, '..'), { recursive: true });
    await writeFile(join(store, path), bytes);
  }
}
