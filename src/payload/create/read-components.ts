import { type ImageSource, isDigest, type LoadedImage, labelsOf, loadImage } from '../../oci/index.ts';
import { mapLimit, messageOf, SlipwayError } from '../../util/index.ts';
import type { Component } from '../assemble/assemble.ts';
import { isOperator } from '../assemble/labels.ts';
import { formatPullSpec, parsePullSpec } from '../stream/pull-spec.ts';
import type { TagReference } from '../stream/types.ts';
import { goQuote } from '../text/quote.ts';
import { OperatorManifests } from './operator-manifests.ts';
import type { PrepareOptions } from './options.ts';

export interface ReadComponent extends Component {
  readonly tag: TagReference;
  readonly image: LoadedImage;
  readonly source: ImageSource;
}

type ReadOptions = Pick<PrepareOptions, 'resolve' | 'architecture' | 'concurrency' | 'onProgress'>;

function unreadable(name: string, pullSpec: string, cause: unknown): unknown {
  if (!(cause instanceof SlipwayError)) return cause;
  const missing = cause.code === 'OCI_MANIFEST_UNKNOWN' || cause.code === 'OCI_BLOB_UNKNOWN';
  return new SlipwayError(
    missing ? 'PAYLOAD_COMPONENT_MISSING' : cause.code,
    missing
      ? `the image of component ${goQuote(name)} is missing in its registry: ${messageOf(cause)}`
      : `component ${goQuote(name)}: ${messageOf(cause)}`,
    { place: { ...cause.place, image: pullSpec }, ...(cause.hint === undefined ? {} : { hint: cause.hint }), cause },
  );
}

/** Opens one image; a pull spec by tag is pinned to the digest it has now (payload format § 1.12, B3). */
export async function openImage(
  name: string,
  pullSpec: string,
  options: ReadOptions,
): Promise<{ readonly image: LoadedImage; readonly source: ImageSource; readonly pullSpec: string }> {
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
    const source = options.resolve(pullSpec);
    const image = await loadImage(source, reference, {
      ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
    });
    const pinned = formatPullSpec({ ...spec, tag: '', id: image.listDigest ?? image.digest });
    return { image, source, pullSpec: pinned };
  } catch (cause) {
    throw unreadable(name, pullSpec, cause);
  }
}

/**
 * Reads manifest and configuration of every component, and `/manifests` of the operators: no other layer is fetched.
 * Throws `PAYLOAD_COMPONENT_MISSING`, or an `OCI_…` error with the component's pull spec.
 */
export async function readComponents(
  tags: readonly TagReference[],
  options: ReadOptions,
): Promise<readonly ReadComponent[]> {
  const manifests = new OperatorManifests();
  return await mapLimit(tags, options.concurrency ?? 8, async (tag) => {
    const opened = await openImage(tag.name, tag.from?.name ?? '', options);
    const labels = labelsOf(opened.image.config);
    const component = {
      tag: { ...tag, from: { kind: 'DockerImage', name: opened.pullSpec } },
      image: opened.image,
      source: opened.source,
      labels,
    };
    if (!isOperator(labels)) return component;
    options.onProgress?.(`Loading ${opened.image.digest} ${tag.name}`);
    try {
      return { ...component, manifests: await manifests.read(opened.source, opened.image) };
    } catch (cause) {
      throw unreadable(tag.name, opened.pullSpec, cause);
    }
  });
}
