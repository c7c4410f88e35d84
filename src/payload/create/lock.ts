import { type Static, Type } from 'typebox';
import { stringify } from 'yaml';
import { labelsOf } from '../../oci/index.ts';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { DEFAULT_BASE_TAG } from '../assemble/assemble.ts';
import { BASE_DIGEST_LABEL } from '../assemble/labels.ts';
import type { JsonObject } from '../manifest/types.ts';
import { parseYaml, splitDocuments } from '../manifest/yaml.ts';
import { emptyImageStream } from '../stream/parse.ts';
import { parsePullSpec } from '../stream/pull-spec.ts';
import { newTag } from '../stream/reference-mode.ts';
import type { ImageStream } from '../stream/types.ts';
import { compareBytes } from '../text/go-json.ts';
import type { Payload } from '../types.ts';
import type { PreparedPayload, PrepareOptions } from './options.ts';
import { inheritedMetadata, recordedInputs } from './record.ts';

const Lock = Type.Object(
  {
    kind: Type.Literal('PayloadLock'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    /** Version of the release. */
    name: Type.Optional(Type.String({ minLength: 1 })),
    /** RFC 3339; the time of creation that is written into the release. */
    created: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' })),
    /** Component that the release image is built on; default cluster-version-operator. */
    baseTag: Type.Optional(Type.String({ minLength: 1 })),
    /** Component ► pull spec by digest. */
    images: Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 })),
    include: Type.Optional(Type.Array(Type.String())),
    previous: Type.Optional(Type.Array(Type.String())),
    next: Type.Optional(Type.Array(Type.String())),
    metadata: Type.Optional(Type.Unsafe<JsonObject>(Type.Object({}))),
    /** Of the image stream in the release: what it was promoted from. */
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

const parse: (value: unknown, place?: { file?: string }) => Static<typeof Lock> = parserOf(
  Lock,
  'PAYLOAD_LOCK_INVALID',
);

/** Everything that a lock settles of a release. */
export interface PayloadLock {
  readonly imageStream: ImageStream;
  readonly options: Partial<
    Pick<
      PrepareOptions,
      'name' | 'creationTimestamp' | 'baseTag' | 'include' | 'previous' | 'next' | 'metadata' | 'annotations'
    >
  >;
}

/**
 * Reads a lock: the inputs of a release, each image by digest, in one small file that can be reviewed and committed
 * (YAML or JSON; format in this room's README). Throws `PAYLOAD_LOCK_INVALID` and `PAYLOAD_YAML_INVALID` with the place.
 */
export function parsePayloadLock(text: string, file: string): PayloadLock {
  const [document = { line: 1, text: '' }] = splitDocuments(text).filter(({ text: part }) => !/^\s*$/.test(part));
  const lock = parse(parseYaml(document, file), { file });
  const tags = Object.entries(lock.images).map(([name, pullSpec]) => {
    if (parsePullSpec(pullSpec).id === '') {
      throw new SlipwayError('PAYLOAD_LOCK_INVALID', `the image of "${name}" is not named by its digest.`, {
        place: { file, field: `images.${name}`, image: pullSpec },
        hint: '`slipway payload new --to-lock FILE` writes a lock with the digests of today.',
      });
    }
    return newTag(name, pullSpec);
  });
  const { name, created, baseTag, include, previous, next, metadata, annotations } = lock;
  return {
    imageStream: { ...emptyImageStream(), tags },
    options: {
      ...(name === undefined ? {} : { name }),
      ...(created === undefined ? {} : { creationTimestamp: new Date(created) }),
      ...(baseTag === undefined ? {} : { baseTag }),
      ...(include === undefined ? {} : { include }),
      ...(previous === undefined ? {} : { previous }),
      ...(next === undefined ? {} : { next }),
      ...(metadata === undefined ? {} : { metadata }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** The lock of a finished release: its components, and what else it tells of itself. Throws `PAYLOAD_METADATA_INVALID`. */
export function formatReleaseLock(payload: Payload): string {
  const { image, images, imageReferences, metadata } = payload;
  const { include } = recordedInputs(payload);
  const base = labelsOf(image.config)[BASE_DIGEST_LABEL];
  const baseTag = images.find(({ digest }) => digest === base)?.name;
  return formatPayloadLock(
    {
      inputs: imageReferences.tags,
      name: metadata.version,
      created: imageReferences.creationTimestamp ?? '',
      metadata,
    },
    {
      ...(baseTag === undefined || baseTag === DEFAULT_BASE_TAG ? {} : { baseTag }),
      include,
      metadata: inheritedMetadata(metadata.metadata),
      annotations: imageReferences.annotations,
    },
  );
}

/** The lock of a prepared release: what it was made of, pruned components too, so that it can be made again. */
export function formatPayloadLock(
  prepared: Pick<PreparedPayload, 'inputs' | 'name' | 'created' | 'metadata'>,
  options: Pick<PrepareOptions, 'baseTag' | 'include' | 'metadata' | 'annotations'>,
): string {
  const images = [...prepared.inputs]
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(({ name, from }) => [name, from?.name ?? '']);
  const { previous, next } = prepared.metadata;
  const { baseTag, include = [], metadata = {}, annotations = {} } = options;
  return stringify({
    kind: 'PayloadLock',
    apiVersion: 'slipway.okd.io/v1',
    name: prepared.name,
    created: prepared.created,
    ...(baseTag === undefined ? {} : { baseTag }),
    ...(include.length === 0 ? {} : { include }),
    ...(previous.length === 0 ? {} : { previous }),
    ...(next.length === 0 ? {} : { next }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    images: Object.fromEntries(images),
  });
}
