import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Digest, ImageSource } from '../../oci/index.ts';
import { MEDIA } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { component, digest, facts, pullSpec } from '../testing/facts.ts';
import { lintFacts } from './lint.ts';
import { sizesOf } from './registry.ts';
import { STRUCTURE } from './rules/release/structure.ts';

const layer = (name: string, size = 100) => ({ mediaType: MEDIA.dockerLayer, digest: digest(name), size });
const DOWN = new SlipwayError('OCI_REGISTRY_UNREACHABLE', 'the registry does not answer.');

/** A repository that notes what it is asked for, and how many questions are open at a time. */
function asked(name: string, answer: (digest: Digest) => number | undefined) {
  const questions: Digest[] = [];
  const open = { now: 0, most: 0 };
  const refuse = async (): Promise<never> => {
    throw new Error('nothing is read');
  };
  const source: ImageSource = {
    name,
    manifest: refuse,
    blob: refuse,
    blobSize: async (of) => {
      questions.push(of);
      open.now += 1;
      open.most = Math.max(open.most, open.now);
      await setTimeout(1);
      open.now -= 1;
      return answer(of);
    },
  };
  return { source, questions, open };
}

/** 40 components on one base of three layers, each with a layer of its own; the release has the layers of the base, too. */
async function shared() {
  const base = [layer('base 1'), layer('base 2'), layer('base 3')];
  const components = Array.from({ length: 40 }, (_, index) =>
    component(`c${index}`, { layers: [...base, layer(`own ${index}`)] }),
  );
  const { payload } = await facts();
  const { manifest } = payload.image;
  const image = { ...payload.image, manifest: { ...manifest, layers: [...base, layer('payload')] } };
  return { components, payload: { ...payload, image } };
}

describe('what registries are asked for', () => {
  it('is each digest of a repository once, a few at a time', async () => {
    const { components, payload } = await shared();
    const content = asked('quay.io/okd/scos-content', () => 100);
    const sizes = await sizesOf(payload, components, {
      release: content.source,
      resolve: () => content.source,
      concurrency: 5,
    });
    // The release's configuration and payload, three layers of the base, 40 of components.
    assert.equal(content.questions.length, 45);
    assert.equal(new Set(content.questions).size, 45);
    assert.equal(content.open.most, 5);
    assert.equal(sizes.componentSizes?.get('c39')?.get(digest('base 1')), 100);
    assert.deepEqual([sizes.sizes?.size, sizes.componentSizes?.size, sizes.unreadable], [5, 40, []]);

    // In another repository the layers of the base are other copies.
    const release = asked('quay.io/okd/scos-release', () => 100);
    await sizesOf(payload, components, { release: release.source, resolve: () => content.source });
    assert.deepEqual([release.questions.length, content.questions.length], [5, 45 + 43]);
  });

  it('makes one finding of a layer that components share, and one of each that has a registry without answer', async () => {
    const { components, payload } = await shared();
    const content = asked('quay.io/okd/scos-content', (of) => {
      if (of === digest('own 7')) throw DOWN;
      return of === digest('base 2') ? undefined : 100;
    });
    const sizes = await sizesOf(payload, components, { resolve: () => content.source });
    assert.deepEqual(sizes.unreadable, [{ name: 'c7', pullSpec: pullSpec('c7'), error: DOWN }]);
    const found = lintFacts({ ...(await facts()), components, ...sizes }, STRUCTURE);
    const absent = found.filter(({ message }) => message.startsWith(`The registry does not have ${digest('base 2')}`));
    assert.deepEqual(
      absent.map(({ message, place }) => [message.slice(message.indexOf(' of ')), place.image]),
      [[' of "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9" and 30 more.', pullSpec('c0')]],
    );
    await assert.rejects(
      sizesOf(
        { ...payload, image: { ...payload.image, manifest: { ...payload.image.manifest, layers: [layer('own 7')] } } },
        [],
        {
          release: content.source,
          resolve: () => content.source,
        },
      ),
      DOWN,
    );
  });

  it('is nothing where images are in a folder or an archive', async () => {
    const { components, payload } = await shared();
    const { blobSize: _, ...source } = asked('folder', () => undefined).source;
    const sizes = await sizesOf(payload, components, { release: source, resolve: () => source });
    assert.deepEqual([sizes.sizes?.size, sizes.componentSizes?.get('c1')?.size], [0, 0]);
    assert.deepEqual(
      lintFacts(
        { ...(await facts()), components, ...sizes },
        STRUCTURE.filter(({ id }) => id === 'P005'),
      ),
      [],
    );
  });
});
