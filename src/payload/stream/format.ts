import { type GoValue, goJson, goMap } from '../text/index.ts';
import type { ImageStream, TagReference } from './types.ts';

/** A tag in the field order of Go's TagReference. */
export function tagValue(tag: TagReference): GoValue {
  return {
    name: tag.name,
    annotations: tag.annotations === null ? null : goMap(tag.annotations),
    from:
      tag.from === undefined
        ? undefined
        : {
            kind: tag.from.kind,
            namespace: tag.from.namespace,
            name: tag.from.name === '' ? undefined : tag.from.name,
          },
    reference: tag.reference,
    generation: tag.generation,
    importPolicy: {
      insecure: tag.importPolicy.insecure,
      scheduled: tag.importPolicy.scheduled,
      importMode: tag.importPolicy.importMode,
    },
    referencePolicy: { type: tag.referencePolicy.type },
  };
}

/** An image stream in the field order of openshift/api's Go types, without history of tags (§ 1.5). */
export function imageStreamValue(stream: ImageStream): GoValue {
  return {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: {
      name: stream.name === '' ? undefined : stream.name,
      namespace: stream.namespace,
      creationTimestamp: stream.creationTimestamp ?? null,
      labels: Object.keys(stream.labels).length === 0 ? undefined : goMap(stream.labels),
      annotations: Object.keys(stream.annotations).length === 0 ? undefined : goMap(stream.annotations),
    },
    spec: {
      lookupPolicy: { local: stream.lookupLocal },
      tags: stream.tags.length === 0 ? undefined : stream.tags.map(tagValue),
    },
    status: {
      dockerImageRepository: stream.status.dockerImageRepository,
      publicDockerImageRepository:
        stream.status.publicDockerImageRepository === '' ? undefined : stream.status.publicDockerImageRepository,
    },
  };
}

/** The bytes of `release-manifests/image-references`: two blanks of indent, no newline at the end. */
export function formatImageStream(stream: ImageStream): string {
  return goJson(imageStreamValue(stream), '  ');
}
