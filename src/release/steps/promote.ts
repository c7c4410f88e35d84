import { loadPayload, newPayload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { Step } from '../context.ts';

/**
 * Makes the stable release: the nightly's payload under the stable version, with the releases it can be reached from.
 * Components, manifests and their digests stay what the gates accepted.
 */
export const promoteStep: Step<'promote'> = {
  name: 'promote',
  async run({ definition, release, repositories, publicUrl, output, progress }) {
    const nightly = release.promotedFrom;
    if (nightly === undefined)
      throw new SlipwayError('RELEASE_STATE_INVALID', 'a stable release without a nightly can not be made.', {
        place: { field: release.name },
      });
    const { digest: fromDigest } = await output('assemble', nightly);
    const from = await loadPayload(repositories.stagingRelease, fromDigest, { name: repositories.releaseName });
    const payload = await newPayload(
      { fromRelease: from },
      {
        name: release.name,
        creationTimestamp: release.createdAt,
        resolve: () => repositories.stagingContent,
        previous: release.previous,
        metadata: { url: `${publicUrl}/releases/${release.name}` },
        baseTag: definition.images.payloadBase,
        architecture: definition.architecture,
        to: repositories.stagingRelease,
        toName: repositories.releaseName,
        onProgress: progress,
      },
    );
    const images = (tags: typeof payload.imageReferences.tags): string =>
      tags.map(({ name, from: image }) => `${name}=${image?.name ?? ''}`).join('\n');
    if (images(payload.imageReferences.tags) !== images(from.imageReferences.tags)) {
      throw new SlipwayError('RELEASE_PROMOTION_CHANGED', `promoting ${nightly} would change its components.`, {
        place: { image: release.name },
      });
    }
    return {
      state: 'done',
      detail: `${nightly} as ${payload.digest}`,
      output: {
        digest: payload.digest,
        from: nightly,
        fromDigest,
        images: payload.imageReferences.tags.length,
        manifests: payload.files.length,
      },
    };
  },
};
