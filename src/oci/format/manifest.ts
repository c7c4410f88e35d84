import { type Static, type TSchema, Type } from 'typebox';
import { type Place, parseJson, parserOf, SlipwayError } from '../../util/index.ts';
import type { Digest } from './digest.ts';
import { MEDIA } from './media.ts';
import { withoutNulls } from './nulls.ts';

const DigestText = Type.Unsafe<Digest>(Type.String({ pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' }));
const Annotations = Type.Record(Type.String(), Type.String());

const DescriptorSchema = Type.Object({
  mediaType: Type.String(),
  digest: DigestText,
  size: Type.Integer({ minimum: 0 }),
  annotations: Type.Optional(Annotations),
  artifactType: Type.Optional(Type.String()),
  platform: Type.Optional(
    Type.Object({ architecture: Type.String(), os: Type.String(), variant: Type.Optional(Type.String()) }),
  ),
});
/** A typed pointer to content (image-spec 1.1, § Descriptors). `size` in bytes. */
export type Descriptor = Static<typeof DescriptorSchema>;

const ManifestSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String()),
  config: DescriptorSchema,
  layers: Type.Array(DescriptorSchema),
  subject: Type.Optional(DescriptorSchema),
  annotations: Type.Optional(Annotations),
});
export type ImageManifest = Static<typeof ManifestSchema>;

const IndexSchema = Type.Object({
  schemaVersion: Type.Literal(2),
  mediaType: Type.Optional(Type.String()),
  artifactType: Type.Optional(Type.String()),
  manifests: Type.Array(DescriptorSchema),
  subject: Type.Optional(DescriptorSchema),
  annotations: Type.Optional(Annotations),
});
export type ImageIndex = Static<typeof IndexSchema>;

const HistorySchema = Type.Object({
  created: Type.Optional(Type.String()),
  created_by: Type.Optional(Type.String()),
  author: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
  empty_layer: Type.Optional(Type.Boolean()),
});

const ConfigSchema = Type.Object({
  architecture: Type.String(),
  os: Type.String(),
  created: Type.Optional(Type.String()),
  author: Type.Optional(Type.String()),
  config: Type.Optional(
    Type.Object({ Labels: Type.Optional(Annotations), Env: Type.Optional(Type.Array(Type.String())) }),
  ),
  rootfs: Type.Object({ type: Type.Literal('layers'), diff_ids: Type.Array(DigestText) }),
  history: Type.Optional(Type.Array(HistorySchema)),
});
/** The image configuration (image-spec 1.1, § Image configuration); fields not listed here are kept in the raw bytes. */
export type ImageConfig = Static<typeof ConfigSchema>;
export type HistoryEntry = Static<typeof HistorySchema>;

function json(bytes: Uint8Array, what: string, place: Place): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SlipwayError('OCI_MANIFEST_INVALID', `the ${what} is not JSON: it is not UTF-8.`, { place, cause });
  }
  return parseJson(text, 'OCI_MANIFEST_INVALID', `the ${what}`, place);
}

/** {@link parserOf} for what clients in Go read as well. */
function lenientParser<T extends TSchema>(schema: T, code: string): (value: unknown, place: Place) => Static<T> {
  const parse = parserOf(schema, code);
  return (value, place) => {
    try {
      return parse(value, place);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      // Few have a `null`, which no field of these schemas takes; what is wrong besides is said of the rest.
      return parse(withoutNulls(schema, value), place);
    }
  };
}

const manifestParser = lenientParser(ManifestSchema, 'OCI_MANIFEST_INVALID');
const indexParser = lenientParser(IndexSchema, 'OCI_MANIFEST_INVALID');
const configParser = lenientParser(ConfigSchema, 'OCI_CONFIG_INVALID');

/** Whether an object has a field: one that is `null` is not there. */
function has(value: unknown, field: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, held]) => key === field && held !== null);
}

/**
 * A document that could be read as an image and as an index must be neither: two readers would see two images
 * (image-spec 1.1, § Image Manifest; CVE-2021-41190).
 */
function unambiguous(value: unknown, place: Place): unknown {
  if (has(value, 'manifests') && (has(value, 'layers') || has(value, 'config')))
    throw new SlipwayError('OCI_MANIFEST_INVALID', 'the manifest is of an image and of an index at once.', { place });
  return value;
}

/** Parses an image manifest. Throws `OCI_MANIFEST_INVALID` naming the field. */
export function parseManifest(bytes: Uint8Array, place: Place): ImageManifest {
  return manifestParser(unambiguous(json(bytes, 'manifest', place), place), place);
}

/** Parses a manifest list or index. Throws `OCI_MANIFEST_INVALID` naming the field. */
export function parseIndex(bytes: Uint8Array, place: Place): ImageIndex {
  return indexParser(unambiguous(json(bytes, 'index', place), place), place);
}

/** Parses an image configuration. Throws `OCI_CONFIG_INVALID` naming the field. */
export function parseConfig(bytes: Uint8Array, place: Place): ImageConfig {
  return configParser(json(bytes, 'configuration', place), place);
}

/** Labels of a configuration; an image without labels has none. */
export function labelsOf(config: ImageConfig): Readonly<Record<string, string>> {
  return config.config?.Labels ?? {};
}

/** Environment of a configuration: name ► value. Of names that are set twice the last counts, as for a runtime. */
export function environmentOf(config: ImageConfig): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (config.config?.Env ?? []).map((entry) => {
      const equals = entry.indexOf('=');
      return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

/** The media type a manifest states, or the one its shape shows (OCI lets it be left out). */
export function statedMediaType(bytes: Uint8Array, place: Place): string {
  const value = json(bytes, 'manifest', place);
  if (typeof value === 'object' && value !== null && 'mediaType' in value && typeof value.mediaType === 'string')
    return value.mediaType;
  if (has(value, 'manifests')) return MEDIA.ociIndex;
  if (has(value, 'layers') || has(value, 'config')) return MEDIA.ociManifest;
  throw new SlipwayError('OCI_MANIFEST_INVALID', 'the manifest is neither an image nor an index.', { place });
}
