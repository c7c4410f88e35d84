import { type ImageSource, isDigest, labelsOf, loadImage } from '../../oci/index.ts';
import { mapLimit, messageOf, SlipwayError } from '../../util/index.ts';
import { parsePullSpec } from '../stream/pull-spec.ts';
import { goQuote } from '../text/quote.ts';
import type { ComponentImage, Payload } from '../types.ts';

export interface ComponentOptions {
  /** Opens the repository of a pull spec. */
  readonly resolve: (pullSpec: string) => ImageSource;
  readonly architecture?: string;
  /** Images read at a time; default 8. */
  readonly concurrency?: number;
}

/**
 * Manifest and configuration of every component of a release, checked against the digests in its pull specs.
 * Throws `PAYLOAD_COMPONENT_MISSING`, or an `OCI_…` error naming the component.
 */
export async function loadComponents(payload: Payload, options: ComponentOptions): Promise<readonly ComponentImage[]> {
  return await mapLimit(payload.imageReferences.tags, options.concurrency ?? 8, async ({ name, from }) => {
    const pullSpec = from?.name ?? '';
    const place = { image: pullSpec };
    const { id } = parsePullSpec(pullSpec);
    if (!isDigest(id)) {
      throw new SlipwayError('PAYLOAD_COMPONENT_UNPINNED', `the component ${goQuote(name)} has no digest.`, { place });
    }
    try {
      const image = await loadImage(options.resolve(pullSpec), id, {
        ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
      });
      const { config } = image;
      return {
        name,
        pullSpec,
        digest: image.digest,
        ...(image.listDigest === undefined ? {} : { listDigest: image.listDigest }),
        mediaType: image.mediaType,
        config: image.manifest.config,
        layers: image.manifest.layers,
        labels: labelsOf(config),
        architecture: config.architecture,
        ...(config.created === undefined ? {} : { created: config.created }),
      };
    } catch (cause) {
      if (!(cause instanceof SlipwayError)) throw cause;
      const missing = cause.code === 'OCI_MANIFEST_UNKNOWN';
      throw new SlipwayError(
        missing ? 'PAYLOAD_COMPONENT_MISSING' : cause.code,
        `component ${goQuote(name)}: ${messageOf(cause)}`,
        { place, cause },
      );
    }
  });
}
