import { isDigest, labelsOf } from '../../oci/index.ts';
import { mapLimit, SlipwayError } from '../../util/index.ts';
import { type OpenOptions, OperatorManifests, openImage, unreadable } from '../images/index.ts';
import { imageTags, type TagReference } from '../stream/index.ts';
import { goQuote } from '../text/index.ts';
import type { ComponentImage, Payload } from '../types.ts';

export interface ComponentOptions extends OpenOptions {
  /** Images read at a time; default 8. */
  readonly concurrency?: number;
  /** Read `/manifests` as well, of images for which this says so; default of none. */
  readonly manifests?: (name: string, labels: Readonly<Record<string, string>>) => boolean;
}

type Tag = Pick<TagReference, 'name' | 'from'>;

async function loadComponent(
  { name, from }: Tag,
  options: ComponentOptions,
  operators: OperatorManifests,
): Promise<ComponentImage> {
  const pullSpec = from?.name ?? '';
  if (!isDigest(pullSpec.slice(pullSpec.indexOf('@') + 1))) {
    throw new SlipwayError('PAYLOAD_COMPONENT_UNPINNED', `the component ${goQuote(name)} has no digest.`, {
      place: { image: pullSpec },
    });
  }
  const { image, source } = await openImage(name, pullSpec, options);
  const labels = labelsOf(image.config);
  const { architecture, created } = image.config;
  const component: ComponentImage = {
    name,
    pullSpec,
    digest: image.digest,
    ...(image.listDigest === undefined ? {} : { listDigest: image.listDigest }),
    mediaType: image.mediaType,
    config: image.manifest.config,
    layers: image.manifest.layers,
    labels,
    architecture,
    rawConfig: image.rawConfig,
    ...(created === undefined ? {} : { created }),
  };
  if (options.manifests?.(name, labels) !== true) return component;
  try {
    const { files, dropped } = await operators.read(source, image);
    return { ...component, manifests: files, dropped };
  } catch (cause) {
    throw unreadable(name, pullSpec, cause);
  }
}

/** A component that could be read, or why not. */
export type ComponentResult =
  | { readonly image: ComponentImage; readonly error?: never }
  | { readonly name: string; readonly pullSpec: string; readonly error: SlipwayError; readonly image?: never };

/** As `loadComponents`, but an image that cannot be read becomes a result of its own. */
export async function tryComponents(payload: Payload, options: ComponentOptions): Promise<readonly ComponentResult[]> {
  const operators = new OperatorManifests();
  return await mapLimit(
    payload.imageReferences.tags,
    options.concurrency ?? 8,
    async (tag): Promise<ComponentResult> => {
      try {
        return { image: await loadComponent(tag, options, operators) };
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        return { name: tag.name, pullSpec: tag.from?.name ?? '', error };
      }
    },
  );
}

/**
 * Manifest and configuration of every component of a release, checked against the digests in its pull specs.
 * Throws `PAYLOAD_COMPONENT_MISSING`, or an `OCI_…` error naming the component.
 */
export async function loadComponents(payload: Payload, options: ComponentOptions): Promise<readonly ComponentImage[]> {
  const operators = new OperatorManifests();
  return await mapLimit(imageTags(payload.imageReferences.tags), options.concurrency ?? 8, (tag) =>
    loadComponent(tag, options, operators),
  );
}
