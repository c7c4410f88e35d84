import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from './format/digest.ts';
import { MEDIA } from './format/media.ts';
import { copiedImages } from './image.ts';
import { LocalRegistry } from './registry/local.ts';
import type { Repository } from './source.ts';
import { failsWith } from './testing/fakes.ts';
import { file, push, scratch } from './testing/images.ts';

async function putJson(to: Repository, mediaType: string, value: object) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...value }));
  const digest = await to.putManifest(digestOf(bytes), mediaType, bytes);
  return { mediaType, digest, size: bytes.length };
}

describe('the images that a copy brings along', () => {
  it('are all of a list, also without a platform and in lists of lists, but no attestations', async (t) => {
    const store = await LocalRegistry.open(await scratch(t));
    const repository = store.repository('okd/content');
    const image = async (text: string) => {
      const { manifest } = await push(repository, text, [[file('a', text)]]);
      return { mediaType: MEDIA.ociManifest, digest: digestOf(manifest), size: manifest.length };
    };
    const list = async (...manifests: object[]) => await putJson(repository, MEDIA.ociIndex, { manifests });
    const [amd, arm, bare] = [await image('amd'), await image('arm'), await image('bare')];
    const config = Buffer.from('{}');
    const blob = { digest: digestOf(config), size: config.length };
    await repository.putBlob(blob, config);
    const statement = { mediaType: 'application/vnd.in-toto+json', ...blob };
    const attestation = await putJson(repository, MEDIA.ociManifest, {
      config: { mediaType: MEDIA.ociConfig, ...blob },
      layers: [statement],
    });
    const artifact = await putJson(repository, MEDIA.ociManifest, {
      config: { mediaType: MEDIA.ociEmpty, ...blob },
      layers: [statement],
    });
    const linux = (architecture: string, variant?: string) => ({
      platform: { os: 'linux', architecture, ...(variant === undefined ? {} : { variant }) },
    });
    const inner = await list({ ...arm, ...linux('arm', 'v7') }, { ...amd, ...linux('amd64') });
    const outer = await list(
      { ...amd, ...linux('amd64') },
      inner,
      bare,
      { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
      artifact,
    );
    assert.deepEqual(await copiedImages(repository, outer.digest), [
      { digest: amd.digest, platform: 'linux/amd64', listed: true },
      { digest: arm.digest, platform: 'linux/arm/v7', listed: true },
      { digest: bare.digest, platform: undefined, listed: true },
    ]);
    // What claims a platform counts, whatever it is made of.
    const claimed = await list({ ...attestation, ...linux('arm64') });
    assert.equal((await copiedImages(repository, claimed.digest))[0]?.platform, 'linux/arm64');
    assert.deepEqual(await copiedImages(repository, amd.digest), [
      { digest: amd.digest, platform: undefined, listed: false },
    ]);
    let deep = await list(amd);
    for (let depth = 0; depth < 4; depth++) deep = await list(deep);
    await assert.rejects(copiedImages(repository, deep.digest), failsWith('OCI_MANIFEST_INVALID', /nested/));
  });
});
