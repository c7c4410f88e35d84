import { copyImage, loadImage, openLayout } from '../../oci/index.ts';
import { located, mapLimit, SlipwayError, sha256Hex } from '../../util/index.ts';
import type { Step } from '../context.ts';
import { withOwnStore } from './own-store.ts';

const AT_ONCE = 4;

/**
 * Copies the component images of a set into the staging repository, by digest. Layers that several components share
 * are copied once; the update keys are made to name this engine's signature store. Errors name the component whose
 * image is missing or damaged.
 */
export const importStep: Step<'import'> = {
  name: 'import',
  async run({ definition, release, repositories, publicUrl, signal, progress }) {
    const { sets, layout: folder } = definition.images;
    const set = Object.hasOwn(sets, release.set) ? sets[release.set] : undefined;
    if (set === undefined)
      throw new SlipwayError('RELEASE_SET_UNKNOWN', `there is no component set "${release.set}".`, {
        place: { file: definition.file, field: 'images.sets' },
      });
    const layout = await openLayout(folder);
    const { store } = definition.signing;
    const ownStore = `${publicUrl}/signatures`;
    let copied = 0;
    const components = await mapLimit(Object.entries(set), AT_ONCE, async ([name, reference]) => {
      signal.throwIfAborted();
      try {
        const descriptor = await copyImage(layout, reference, repositories.stagingContent);
        const image = await loadImage(repositories.stagingContent, descriptor.digest, {
          architecture: definition.architecture,
        });
        progress(`${++copied} of ${Object.keys(set).length} images`);
        if (store?.component === name && store.address !== ownStore) {
          const change = { component: name, from: store.address, to: ownStore };
          return { name, ...(await withOwnStore(repositories.stagingContent, image, change)) };
        }
        return {
          name,
          digest: image.digest,
          sizeBytes: image.manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
        };
      } catch (error) {
        throw located(error, { image: `${name} (${reference})` });
      }
    });
    components.sort((a, b) => (a.name < b.name ? -1 : 1));
    const inputHash = `sha256:${sha256Hex(components.map(({ name, digest }) => `${name}=${digest}\n`).join(''))}`;
    return {
      state: 'done',
      detail: `${components.length} component images`,
      output: { set: release.set, inputHash, components },
    };
  },
};
