import { type Static, Type } from 'typebox';
import { stringify } from 'yaml';
import { labelsOf } from '../../../oci/index.ts';
import { parserOf, SlipwayError } from '../../../util/index.ts';
import { parseOkdVersion } from '../../../version/index.ts';
import { BASE_DIGEST_LABEL, COMMIT_ID, COMMIT_REF, DEFAULT_BASE_TAG, SOURCE_LOCATION } from '../../assemble/index.ts';
import { parseYaml, splitDocuments } from '../../manifest/index.ts';
import { emptyImageStream, type ImageStream, newTag, parsePullSpec, type TagReference } from '../../stream/index.ts';
import { compareBytes, type JsonObject } from '../../text/index.ts';
import type { Payload } from '../../types.ts';
import type { PreparedPayload, PrepareOptions, Recipe } from '../options.ts';
import { inheritedMetadata, recordedInputs } from './record.ts';

/** A tag as an image stream has it, without name and image. */
const Tag = Type.Object(
  {
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
    generation: Type.Optional(Type.Integer()),
    importPolicy: Type.Optional(
      Type.Object({
        insecure: Type.Optional(Type.Boolean()),
        scheduled: Type.Optional(Type.Boolean()),
        importMode: Type.Optional(Type.String()),
      }),
    ),
    reference: Type.Optional(Type.Boolean()),
    referencePolicy: Type.Optional(Type.Object({ type: Type.String() })),
  },
  { additionalProperties: false },
);

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
    /** Pull spec of the image it is built on, where that is no component. */
    baseImage: Type.Optional(Type.String({ minLength: 1 })),
    /** Component ► pull spec by digest. */
    images: Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 })),
    /** Component ► what its tag says beside the image, where that is anything. */
    tags: Type.Optional(Type.Record(Type.String({ minLength: 1 }), Tag)),
    include: Type.Optional(Type.Array(Type.String())),
    previous: Type.Optional(Type.Array(Type.String())),
    next: Type.Optional(Type.Array(Type.String())),
    metadata: Type.Optional(Type.Unsafe<JsonObject>(Type.Object({}))),
    /** Of the image stream in the release: what it was promoted from. */
    annotations: Type.Optional(Type.Record(Type.String(), Type.String())),
    allowMissingImages: Type.Optional(Type.Boolean()),
    skipManifestCheck: Type.Optional(Type.Boolean()),
    /** `key=version,…` */
    componentVersions: Type.Optional(Type.String({ minLength: 1 })),
    /** `key=Display Name,…` */
    componentVersionNames: Type.Optional(Type.String({ minLength: 1 })),
    /** Names of component versions that images may declare. */
    versionKeys: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    /** The release is a list: an image for each platform of its base. */
    keepManifestList: Type.Optional(Type.Boolean()),
    /** No component is left out, referred to or not. */
    keepAll: Type.Optional(Type.Boolean()),
    /** The name is a semantic version, but none of OKD's. */
    anyVersion: Type.Optional(Type.Boolean()),
    /** Taken of manifest lists; default amd64. */
    architecture: Type.Optional(Type.String({ minLength: 1 })),
    /** Repository that the pull specs of the release name instead of those of `images`. */
    mirrorTo: Type.Optional(Type.String({ minLength: 1 })),
    compat: Type.Optional(Type.Literal('oc')),
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
    Omit<Recipe, 'fromFolders'> &
      Pick<PrepareOptions, 'anyVersion' | 'creationTimestamp' | 'name' | 'next' | 'previous' | 'referenceMode'>
  >;
}

function invalid(message: string, file: string, field: string, image?: string): SlipwayError {
  return new SlipwayError('PAYLOAD_LOCK_INVALID', message, {
    place: { file, field, ...(image === undefined ? {} : { image }) },
    hint: '`slipway payload new --to-lock FILE` writes a lock with the digests of today.',
  });
}

/**
 * Reads a lock: the inputs of a release, each image by digest, in one small file that can be reviewed and committed
 * (YAML or JSON; docs/commands/payload.md has its fields). Throws `PAYLOAD_LOCK_INVALID` and `PAYLOAD_YAML_INVALID` with the place.
 */
export function parsePayloadLock(text: string, file: string): PayloadLock {
  const [document = { line: 1, text: '' }] = splitDocuments(text).filter(({ text: part }) => !/^\s*$/.test(part));
  const { kind, apiVersion, images, tags = {}, created, ...options } = parse(parseYaml(document, file), { file });
  for (const name of Object.keys(tags))
    if (!Object.hasOwn(images, name)) throw invalid(`"${name}" has no image.`, file, `tags.${name}`);
  const named = Object.entries(images).map(([name, pullSpec]): TagReference => {
    if (parsePullSpec(pullSpec).id === '')
      throw invalid(`the image of "${name}" is not named by its digest.`, file, `images.${name}`, pullSpec);
    return { ...newTag(name, pullSpec), ...tags[name] };
  });
  return {
    imageStream: { ...emptyImageStream(), tags: named },
    options: {
      ...options,
      ...(created === undefined ? {} : { creationTimestamp: new Date(created) }),
      referenceMode: 'source',
    },
  };
}

/**
 * The lock of a finished release: its components, and what else it tells of itself. Throws `PAYLOAD_METADATA_INVALID`,
 * and `PAYLOAD_LOCK_FOLDERS` when its manifests came from elsewhere than its images.
 */
export function formatReleaseLock(payload: Payload): string {
  const { image, images, imageReferences, listDigest, metadata } = payload;
  const recorded = recordedInputs(payload);
  const base = labelsOf(image.config)[BASE_DIGEST_LABEL];
  // Of a list the label names the image of one platform, and no component.
  const baseTag = images.find(({ digest }) => digest === base)?.name ?? DEFAULT_BASE_TAG;
  const { architecture } = image.config;
  return formatPayloadLock({
    inputs: imageReferences.tags,
    name: metadata.version,
    ...(imageReferences.creationTimestamp === undefined ? {} : { created: imageReferences.creationTimestamp }),
    metadata,
    recipe: {
      ...recorded,
      baseTag,
      metadata: inheritedMetadata(metadata.metadata),
      annotations: imageReferences.annotations,
      // What is not there any more was left out already; what nothing refers to was kept for a reason.
      keepAll: true,
      keepManifestList: listDigest !== undefined,
      ...(architecture === 'amd64' ? {} : { architecture }),
    },
  });
}

/** Annotations that are made anew of the labels of the image. */
const FROM_LABELS: readonly string[] = [COMMIT_ID, COMMIT_REF, SOURCE_LOCATION];

/** What a tag says beside its name and image; undefined when that is nothing. */
function detailOf({ annotations, generation, importPolicy, reference, referencePolicy }: TagReference) {
  const own = Object.entries(annotations ?? {}).filter(([key]) => !FROM_LABELS.includes(key));
  const detail = {
    ...(own.length === 0 ? {} : { annotations: Object.fromEntries(own) }),
    ...(generation === null ? {} : { generation }),
    ...(Object.keys(importPolicy).length === 0 ? {} : { importPolicy }),
    ...(reference === undefined ? {} : { reference }),
    ...(referencePolicy.type === '' ? {} : { referencePolicy }),
  };
  return Object.keys(detail).length === 0 ? undefined : detail;
}

function isOkdVersion(name: string): boolean {
  try {
    parseOkdVersion(name);
    return true;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return false;
  }
}

/** Leaves out what says nothing: flags that are off, lists and records without members. */
function said(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const silent = (value: unknown): boolean =>
    value === undefined ||
    value === false ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !silent(value)));
}

/**
 * The lock of a prepared release: what it was made of, pruned components too, so that it can be made again. Throws
 * `PAYLOAD_LOCK_FOLDERS`.
 */
export function formatPayloadLock(
  prepared: Pick<PreparedPayload, 'inputs' | 'name' | 'metadata' | 'recipe'> &
    Partial<Pick<PreparedPayload, 'created'>>,
): string {
  const { name, created, inputs, metadata, recipe } = prepared;
  const { fromFolders, baseTag, ...options } = recipe;
  if (fromFolders) {
    throw new SlipwayError(
      'PAYLOAD_LOCK_FOLDERS',
      'the manifests of this release come from folders, not from its images; a lock can not bring them back.',
      { place: { field: '--to-lock' }, hint: 'Keep the folders, and use --from-dir again.' },
    );
  }
  const sorted = [...inputs].sort((a, b) => compareBytes(a.name, b.name));
  const tags = sorted.flatMap((tag) => {
    const detail = detailOf(tag);
    return detail === undefined ? [] : [[tag.name, detail] as const];
  });
  return stringify({
    kind: 'PayloadLock',
    apiVersion: 'slipway.okd.io/v1',
    ...said({
      name,
      anyVersion: isOkdVersion(name) ? undefined : true,
      created,
      baseTag: baseTag === DEFAULT_BASE_TAG ? undefined : baseTag,
      previous: metadata.previous,
      next: metadata.next,
      ...options,
      tags: Object.fromEntries(tags),
    }),
    images: Object.fromEntries(sorted.map((tag) => [tag.name, tag.from?.name ?? ''])),
  });
}
