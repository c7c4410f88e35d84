import { type Static, Type } from 'typebox';
import { canonicalJson, type Place, parserOf, readJson, SlipwayError, sha256Hex } from '../../util/index.ts';

const CatalogueFile = Type.Object(
  {
    kind: Type.Literal('PackageCatalogue'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    /** As policies and reports call it: `c9s-baseos`. */
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]*$' }),
    repository: Type.Object(
      {
        /** Where it was read; null for a folder. */
        url: Type.Union([Type.String(), Type.Null()]),
        /** `revision` of repomd.xml: with createrepo the time it was made. */
        revision: Type.String(),
        /** Digest of the list of packages (primary.xml as it is stored). */
        primary: Type.String({ pattern: '^sha(256|512):[0-9a-f]{64,128}$' }),
      },
      { additionalProperties: false },
    ),
    /** `<sha256 of the header> <NEVRA>`, sorted. */
    packages: Type.Array(Type.String({ pattern: '^[0-9a-f]{64} \\S+$' })),
  },
  { additionalProperties: false },
);
/** A catalogue as it is stored: the packages of one open repository, by the digests of their headers. */
export type CatalogueFile = Static<typeof CatalogueFile>;

const parse = parserOf(CatalogueFile, 'AUDIT_CATALOGUE_INVALID');

/** A catalogue that packages are looked up in. */
export interface Catalogue {
  readonly name: string;
  /** `sha256:…` over the canonical JSON of the file's content: what a report cites. */
  readonly digest: string;
  readonly url: string | null;
  readonly revision: string;
  /** Number of packages. */
  readonly size: number;
  has(header: string): boolean;
}

/** Reads a catalogue file. Throws `AUDIT_CATALOGUE_INVALID` naming file and field. */
export function parseCatalogue(text: string, file: string): Catalogue {
  const place: Place = { file };
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw new SlipwayError('AUDIT_CATALOGUE_INVALID', 'the catalogue is not JSON.', { place, cause: error });
  }
  const content = parse(value, place);
  const headers = new Set(content.packages.map((line) => line.slice(0, 64)));
  return {
    name: content.name,
    digest: `sha256:${sha256Hex(canonicalJson(content))}`,
    url: content.repository.url,
    revision: content.repository.revision,
    size: headers.size,
    has: (header) => headers.has(header),
  };
}

/** Names of the catalogues that list the very same header, sorted. */
export function cataloguesOf(catalogues: readonly Catalogue[], header: string): string[] {
  return catalogues
    .filter((catalogue) => catalogue.has(header))
    .map(({ name }) => name)
    .sort();
}
