import { type Static, Type } from 'typebox';
import { parseJson, parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import { type GoValue, goInterface, goJson, type JsonObject } from '../text/index.ts';
import type { ReleaseMetadata } from '../types.ts';

const Metadata = Type.Object({
  kind: Type.Literal('cincinnati-metadata-v0'),
  version: Type.String(),
  previous: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  next: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()])),
  metadata: Type.Optional(Type.Union([Type.Unsafe<JsonObject>(Type.Object({})), Type.Null()])),
});

const parse: (value: unknown, place?: { file?: string }) => Static<typeof Metadata> = parserOf(
  Metadata,
  'PAYLOAD_METADATA_INVALID',
);

export function metadataValue(metadata: ReleaseMetadata): GoValue {
  return {
    kind: 'cincinnati-metadata-v0',
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
