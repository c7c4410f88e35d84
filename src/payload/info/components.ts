import { type ImageSource, isDigest, labelsOf, loadImage } from '../../oci/index.ts';
import { mapLimit, messageOf, SlipwayError } from '../../util/index.ts';
import { OperatorManifests } from '../create/operator-manifests.ts';
import { parsePullSpec } from '../stream/pull-spec.ts';
import type { TagReference } from '../stream/types.ts';
import { goQuote } from '../text/quote.ts';
import type { ComponentImage, Payload } from '../types.ts';

export interface ComponentOptions {
  /** Opens the repository of a pull spec. */
  readonly resolve: (pullSpec: string) => ImageSource;
  readonly architecture?: string;
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
  const place = { image: pullSpec };
  const { id } = parsePullSpec(pullSpec);
  if (!isDigest(id)) {
    throw new SlipwayError('PAYLOAD_COMPONENT_UNPINNED', `the component ${goQuote(name)} has no digest.`, { place });
  }
  try {
    const source = options.resolve(pullSpec);
    const image = await loadImage(source, id, {
      ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
    });
    const { config } = image;
    const labels = labelsOf(config);
    return {
      name,
      pullSpec,
      digest: image.digest,
      ...(image.listDigest === undefined ? {} : { listDigest: image.listDigest }),
      mediaType: image.mediaType,
      config: image.manifest.config,
      layers: image.manifest.layers,
      labels,
      architecture: config.architecture,
      ...(config.created === undefined ? {} : { created: config.created }),
      ...(options.manifests?.(name, labels) ? { manifests: await operators.read(source, image) } : {}),
    };
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    const missing = cause.code === 'OCI_MANIFEST_UNKNOWN' || cause.code === 'OCI_BLOB_UNKNOWN';
    throw new SlipwayError(
      missing ? 'PAYLOAD_COMPONENT_MISSING' : cause.code,
      `component ${goQuote(name)}: ${messageOf(cause)}`,
      { place, cause },
    );
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
  return await mapLimit(payload.imageReferences.tags, options.concurrency ?? 8, (tag) =>
    loadComponent(tag, options, operators),
  );
}
