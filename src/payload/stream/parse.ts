import { type Static, Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { at, isObject, parseYaml, splitDocuments } from '../manifest/index.ts';
import type { JsonValue } from '../text/index.ts';
import type { ImageStream, TagReference } from './types.ts';

/** Go leaves out what is empty and may write null for it. */
const Optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
const Strings = Type.Record(Type.String(), Type.String());
const Reference = Type.Object({
  kind: Type.String(),
  name: Optional(Type.String()),
  namespace: Optional(Type.String()),
});
const Tag = Type.Object({
  name: Type.String({ minLength: 1 }),
  annotations: Optional(Strings),
  from: Optional(Reference),
  reference: Optional(Type.Boolean()),
  generation: Optional(Type.Integer()),
  importPolicy: Optional(
    Type.Object({
      insecure: Optional(Type.Boolean()),
      scheduled: Optional(Type.Boolean()),
      importMode: Optional(Type.String()),
    }),
  ),
  referencePolicy: Optional(Type.Object({ type: Optional(Type.String()) })),
});
const Events = Type.Object({
  tag: Type.String(),
  items: Optional(
    Type.Array(
      Type.Object({
        dockerImageReference: Optional(Type.String()),
        image: Optional(Type.String()),
        generation: Optional(Type.Integer()),
      }),
    ),
  ),
  conditions: Optional(Type.Array(Type.Object({ type: Type.String(), status: Type.String() }))),
});
const Stream = Type.Object({
  kind: Type.Literal('ImageStream'),
  apiVersion: Type.Literal('image.openshift.io/v1'),
  metadata: Optional(
    Type.Object({
      name: Optional(Type.String()),
      namespace: Optional(Type.String()),
      creationTimestamp: Optional(Type.String()),
      annotations: Optional(Strings),
      labels: Optional(Strings),
    }),
  ),
  spec: Optional(
    Type.Object({
      lookupPolicy: Optional(Type.Object({ local: Optional(Type.Boolean()) })),
      tags: Optional(Type.Array(Tag)),
    }),
  ),
  status: Optional(
    Type.Object({
      dockerImageRepository: Optional(Type.String()),
      publicDockerImageRepository: Optional(Type.String()),
      tags: Optional(Type.Array(Events)),
    }),
  ),
});

const parseStream = parserOf(Stream, 'PAYLOAD_IMAGE_STREAM_INVALID');

function tagOf(tag: Static<typeof Tag>): TagReference {
  const { from, importPolicy } = tag;
  return {
    name: tag.name,
    annotations: tag.annotations ?? null,
    ...(from == null
      ? {}
      : { from: { kind: from.kind, name: from.name ?? '', ...(from.namespace ? { namespace: from.namespace } : {}) } }),
    ...(tag.reference ? { reference: true } : {}),
    generation: tag.generation ?? null,
    importPolicy: {
      ...(importPolicy?.insecure ? { insecure: true } : {}),
      ...(importPolicy?.scheduled ? { scheduled: true } : {}),
      ...(importPolicy?.importMode ? { importMode: importPolicy.importMode } : {}),
    },
    referencePolicy: { type: tag.referencePolicy?.type ?? '' },
  };
}

/** An image stream without tags: the input of a release that is made of mappings only. */
export function emptyImageStream(): ImageStream {
  return {
    name: '',
    annotations: {},
    labels: {},
    lookupLocal: false,
    tags: [],
    status: { dockerImageRepository: '', publicDockerImageRepository: '', tags: [] },
  };
}

/** Takes an image stream out of a parsed JSON or YAML value. Throws `PAYLOAD_IMAGE_STREAM_INVALID` naming the field. */
export function imageStreamOf(value: JsonValue, file: string): ImageStream {
  if (!isObject(value) || at(value, 'kind') !== 'ImageStream' || at(value, 'apiVersion') !== 'image.openshift.io/v1') {
    throw new SlipwayError(
      'PAYLOAD_IMAGE_STREAM_INVALID',
      'the file must hold an object of kind ImageStream and apiVersion image.openshift.io/v1.',
      { place: { file } },
    );
  }
  const { metadata, spec, status } = parseStream(value, { file });
  return {
    name: metadata?.name ?? '',
    ...(metadata?.namespace ? { namespace: metadata.namespace } : {}),
    ...(metadata?.creationTimestamp ? { creationTimestamp: metadata.creationTimestamp } : {}),
    annotations: metadata?.annotations ?? {},
    labels: metadata?.labels ?? {},
    lookupLocal: spec?.lookupPolicy?.local ?? false,
    tags: (spec?.tags ?? []).map(tagOf),
    status: {
      dockerImageRepository: status?.dockerImageRepository ?? '',
      publicDockerImageRepository: status?.publicDockerImageRepository ?? '',
      tags: (status?.tags ?? []).map(({ tag, items, conditions }) => ({
        tag,
        items: (items ?? []).map((item) => ({
          dockerImageReference: item.dockerImageReference ?? '',
          image: item.image ?? '',
          generation: item.generation ?? 0,
        })),
        conditions: conditions ?? [],
      })),
    },
  };
}

/** Fields that people write by hand. */
const KEYS: ReadonlySet<string> = new Set(['kind', 'name', 'namespace', 'from', 'tags', 'spec']);

/**
 * As oc reads it: Go's encoding/json takes a field in any case, where it does not stand in its own. A real operator's
 * `image-references` says `Name:` (cloud-credential-operator).
 */
function withKnownKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withKnownKeys);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const known = KEYS.has(key.toLowerCase()) ? key.toLowerCase() : key;
      const named = Object.hasOwn(value, known) ? key : known;
      return [named, key === 'annotations' || key === 'labels' ? member : withKnownKeys(member)];
    }),
  );
}

/**
 * Reads an ImageStream from YAML or JSON: an input of `payload new`, a release's or an operator's `image-references`.
 * Throws `PAYLOAD_YAML_INVALID` or `PAYLOAD_IMAGE_STREAM_INVALID`, with the place.
 */
export function parseImageStream(text: string | Uint8Array, file: string): ImageStream {
  const source = typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
  const [document = { line: 1, text: '' }] = splitDocuments(source).filter(({ text: part }) => !/^\s*$/.test(part));
  return imageStreamOf(withKnownKeys(parseYaml(document, file)), file);
}
