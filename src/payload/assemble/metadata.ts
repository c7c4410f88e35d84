import { type Static, Type } from 'typebox';
import { parseJson, parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import { type GoValue, goInterface, goJson, type JsonObject } from '../text/index.ts';
import type { ReleaseMetadata } from '../types.ts';

const KIND = 'cincinnati-metadata-v0';

const Metadata = Type.Object({
  kind: Type.Literal(KIND),
  version: Type.String(),
  previous: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  next: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  metadata: Type.Optional(Type.Union([Type.Unsafe<JsonObject>(Type.Object({})), Type.Null()])),
});

const parse: (value: unknown, place?: { file?: string }) => Static<typeof Metadata> = parserOf(
  Metadata,
  'PAYLOAD_METADATA_INVALID',
);

/** What Go's decoder takes for metadata: any kind, or none. */
const AnyMetadata = Type.Object({
  ...Metadata.properties,
  kind: Type.Optional(Type.String()),
  version: Type.Optional(Type.String()),
});
const parseAny: (value: unknown, place?: { file?: string }) => Static<typeof AnyMetadata> = parserOf(
  AnyMetadata,
  'PAYLOAD_METADATA_INVALID',
);

export function metadataValue(metadata: ReleaseMetadata): GoValue {
  return {
    kind: metadata.kind ?? KIND,
    version: metadata.version,
    previous: metadata.previous,
    next: metadata.next.length === 0 ? undefined : metadata.next,
    metadata: Object.keys(metadata.metadata).length === 0 ? undefined : goInterface(metadata.metadata),
  };
}

/** The bytes of `release-metadata`: two blanks of indent, no newline at the end (payload format § 1.6). */
export function formatMetadata(metadata: ReleaseMetadata): string {
  return goJson(metadataValue(metadata), '  ');
}

/**
 * Reads `release-metadata` as oc shows it, whatever its kind and version are. Throws `PAYLOAD_METADATA_INVALID` with the
 * file for what is no metadata at all.
 */
export function parseMetadataAsIs(bytes: Uint8Array, file: string): ReleaseMetadata {
  const text = Buffer.from(bytes).toString('utf8');
  const {
    kind = '',
    version = '',
    previous,
    next,
    metadata,
  } = parseAny(parseJson(text, 'PAYLOAD_METADATA_INVALID', 'the release metadata', { file }), { file });
  return {
    ...(kind === KIND ? {} : { kind }),
    version,
    previous: previous ?? [],
    next: next ?? [],
    metadata: metadata ?? {},
  };
}

/** Reads `release-metadata`. Throws `PAYLOAD_METADATA_INVALID` with the file. */
export function parseMetadata(bytes: Uint8Array, file: string): ReleaseMetadata {
  const text = Buffer.from(bytes).toString('utf8');
  const value = parseJson(text, 'PAYLOAD_METADATA_INVALID', 'the release metadata', { file });
  const { version, previous, next, metadata } = parse(value, { file });
  if (!isSemver(version)) {
    throw new SlipwayError(
      'PAYLOAD_METADATA_INVALID',
      `the release's version "${version}" is not a semantic version.`,
      {
        place: { file, field: 'version' },
      },
    );
  }
  return { version, previous: previous ?? [], next: next ?? [], metadata: metadata ?? {} };
}
