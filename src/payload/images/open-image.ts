import { type ImageChoice, type ImageSource, isDigest, type LoadedImage, loadImage } from '../../oci/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { formatPullSpec, type PullSpec, parsePullSpec } from '../stream/index.ts';
import { goQuote } from '../text/index.ts';

export interface OpenOptions extends ImageChoice {
  /** Opens the repository of a pull spec. */
  readonly resolve: (pullSpec: string) => ImageSource;
}

export interface OpenedImage {
  readonly image: LoadedImage;
  readonly source: ImageSource;
  /** By digest: of the list, when there is one. */
  readonly pullSpec: string;
}

/** An error of the registry, with the component and its pull spec. */
export function unreadable(name: string, pullSpec: string, cause: unknown): unknown {
  if (!(cause instanceof SlipwayError)) return cause;
  // the pull spec takes the place of the repository in which the layer is, not of the layer
  const layer = /, (layer [^,]+)$/.exec(cause.place.image ?? '')?.[1];
  const component = `component ${goQuote(name)}${layer === undefined ? '' : `, ${layer}`}`;
  const missing = cause.code === 'OCI_MANIFEST_UNKNOWN' || cause.code === 'OCI_BLOB_UNKNOWN';
  return new SlipwayError(
    missing ? 'PAYLOAD_COMPONENT_MISSING' : cause.code,
    missing
      ? `the image of component ${goQuote(name)} is missing in its registry: ${messageOf(cause)}`
      : `${component}: ${messageOf(cause)}`,
    { place: { ...cause.place, image: pullSpec }, ...(cause.hint === undefined ? {} : { hint: cause.hint }), cause },
  );
}

/** Where an image is, without asking for it. */
interface Located {
  readonly spec: PullSpec;
  readonly source: ImageSource;
  /** Digest, or else tag. */
  readonly reference: string;
}

/**
 * Opens the repository of an image; no registry is asked. Throws `PAYLOAD_PULL_SPEC_INVALID`,
 * `PAYLOAD_COMPONENT_UNPINNED`, and what `resolve` throws, naming the component.
 */
export function locateImage(name: string, pullSpec: string, { resolve }: Pick<OpenOptions, 'resolve'>): Located {
  const spec = parsePullSpec(pullSpec);
  const reference = spec.id !== '' ? spec.id : spec.tag;
  if (reference === '' || (spec.id !== '' && !isDigest(spec.id))) {
    throw new SlipwayError(
      'PAYLOAD_COMPONENT_UNPINNED',
      `the component ${goQuote(name)} names neither digest nor tag.`,
      {
        place: { image: pullSpec },
      },
    );
  }
  try {
    return { spec, source: resolve(pullSpec), reference };
  } catch (cause) {
    throw unreadable(name, pullSpec, cause);
  }
}

/**
 * Opens one image; a pull spec by tag is pinned to the digest it has now (payload format § 1.12, B3).
 * Throws `PAYLOAD_COMPONENT_MISSING`, or an `OCI_…` error, naming the component.
 */
export async function openImage(name: string, pullSpec: string, options: OpenOptions): Promise<OpenedImage> {
  const { spec, source, reference } = locateImage(name, pullSpec, options);
  try {
    const image = await loadImage(source, reference, options);
    const pinned = formatPullSpec({ ...spec, tag: '', id: image.listDigest ?? image.digest });
    return { image, source, pullSpec: pinned };
  } catch (cause) {
    throw unreadable(name, pullSpec, cause);
  }
}
