import { type ImageSource, type LoadedImage, labelsOf } from '../../oci/index.ts';
import { mapLimit } from '../../util/index.ts';
import { type Component, isOperator } from '../assemble/index.ts';
import { OperatorManifests, openImage, unreadable } from '../images/index.ts';
import type { TagReference } from '../stream/index.ts';
import type { PrepareOptions } from './options.ts';

export interface ReadComponent extends Component {
  readonly tag: TagReference;
  readonly image: LoadedImage;
  readonly source: ImageSource;
}

type ReadOptions = Pick<
  PrepareOptions,
  'resolve' | 'architecture' | 'concurrency' | 'onProgress' | 'overrides' | 'compat'
>;

/**
 * Reads manifest and configuration of every component, and `/manifests` of the operators: no other layer is fetched.
 * Throws `PAYLOAD_COMPONENT_MISSING`, or an `OCI_…` error with the component's pull spec.
 */
export async function readComponents(
  tags: readonly TagReference[],
  options: ReadOptions,
): Promise<readonly ReadComponent[]> {
  const manifests = new OperatorManifests();
  const overridden = new Set((options.overrides ?? []).map(({ source }) => source));
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
    const override = overridden.has(tag.name);
    const published = opened.image.listDigest ?? opened.image.digest;
    options.onProgress?.(`Loading ${override ? `override ${tag.from?.name}` : published} ${tag.name}`);
    try {
      const lastLayerOnly = options.compat === 'oc' && !override;
      const { files, dropped } = await manifests.read(opened.source, opened.image, { lastLayerOnly });
      return { ...component, manifests: files, dropped };
    } catch (cause) {
      throw unreadable(tag.name, opened.pullSpec, cause);
    }
  });
}
