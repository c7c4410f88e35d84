import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlipwayError } from '../util/index.ts';
import { type Digest, digestOf } from './format/digest.ts';
import { MEDIA } from './format/media.ts';
import { copiedImages } from './list.ts';
import { LocalRegistry } from './registry/storage/local.ts';
import type { ImageSource, Repository } from './source.ts';
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
    const found = async (digest: string, source: ImageSource = repository) =>
      (await copiedImages(source, digest)).map(({ manifest, ...image }) => ({
        ...image,
        manifest: manifest instanceof SlipwayError ? manifest.message : manifest.digest,
      }));
    const listed = ({ digest }: { digest: Digest }, platform: string | undefined, listDigest: Digest) => {
      return { digest, platform, listDigest, manifest: digest };
    };
    assert.deepEqual(await found(outer.digest), [
      listed(amd, 'linux/amd64', outer.digest),
      listed(arm, 'linux/arm/v7', outer.digest),
      listed(bare, undefined, outer.digest),
    ]);
    // What claims a platform counts, whatever it is made of.
    const claimed = await list({ ...attestation, ...linux('arm64') });
    assert.equal((await copiedImages(repository, claimed.digest))[0]?.platform, 'linux/arm64');
    assert.deepEqual(await found(amd.digest), [
      { digest: amd.digest, platform: undefined, listDigest: undefined, manifest: amd.digest },
    ]);
    // One that can not be read does not hide the others, and might be an image.
    let deep = await list(amd);
    for (let depth = 0; depth < 4; depth++) deep = await list(deep);
    const partly = await list({ ...bare, ...linux('s390x') }, deep, { ...arm, ...linux('arm64') });
    const lacking: ImageSource = {
      name: 'lacking',
      manifest: async (digest) => {
        if (digest === bare.digest) throw new SlipwayError('OCI_MANIFEST_UNKNOWN', 'it is gone.');
        return await repository.manifest(digest);
      },
      blob: (descriptor) => repository.blob(descriptor),
    };
    const [lost, nested, kept] = await found(partly.digest, lacking);
    assert.deepEqual([lost?.platform, lost?.manifest], ['linux/s390x', 'it is gone.']);
    assert.match(nested?.manifest ?? '', /nested/);
    assert.deepEqual(kept, listed(arm, 'linux/arm64', partly.digest));
  });
});
