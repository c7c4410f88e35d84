import { readRpmFileHeader } from '../../rpm/index.ts';
import { mapLimit, prettyJson, SlipwayError } from '../../util/index.ts';
import type { CatalogueFile } from './model.ts';
import { type ListedPackage, readPrimary, readRepomd } from './repodata.ts';
import type { RepositorySource } from './source.ts';

/** Largest header that is fetched, in bytes; that of a kernel's debug information has some 30 MB. */
const LARGEST_HEADER = 64 << 20;
const REQUESTS_AT_ONCE = 8;

export interface CatalogueOptions {
  /** As policies and reports will call it. */
  readonly name: string;
  /** NEVRAs (without an epoch of 0) to look up; default: every package of the repository. */
  readonly only?: ReadonlySet<string>;
  /** Called after each header. */
  readonly onPackage?: (progress: { readonly done: number; readonly total: number }) => void;
}

const withoutZero = (nevra: string): string => nevra.replace(/-0:(?=[^-]+-[^-]+$)/u, '-');

async function entry(source: RepositorySource, pkg: ListedPackage): Promise<string> {
  const { start, end } = pkg.header;
  const place = { file: pkg.href };
  if (end <= start || end - start > LARGEST_HEADER) {
    throw new SlipwayError('AUDIT_REPODATA_INVALID', `the header of ${pkg.nevra} can not be from ${start} to ${end}.`, {
      place,
    });
  }
  const header = readRpmFileHeader(await source.range(pkg.href, start, end));
  if (withoutZero(header.nevra) !== pkg.nevra) {
    throw new SlipwayError('AUDIT_REPODATA_MISMATCH', `the list calls it ${pkg.nevra}, its header ${header.nevra}.`, {
      place,
    });
  }
  return `${header.headerSha256} ${pkg.nevra}`;
}

/**
 * Makes a catalogue of a repository: of each package only its header is read (`header-range` of the list), whose digest
 * is the one that an installed copy keeps beside it (rpm#1595). A function of the repository's content: same content,
 * same bytes. Throws `AUDIT_REPODATA_…`, `AUDIT_REPOSITORY_…` and `RPM_…`, each naming the file.
 */
export async function buildCatalogue(source: RepositorySource, options: CatalogueOptions): Promise<CatalogueFile> {
  const repomd = await readRepomd(source);
  const wanted: ListedPackage[] = [];
  for await (const pkg of readPrimary(source, repomd)) {
    if (options.only === undefined || options.only.has(pkg.nevra)) wanted.push(pkg);
  }
  let done = 0;
  const packages = await mapLimit(wanted, REQUESTS_AT_ONCE, async (pkg) => {
    const line = await entry(source, pkg);
    done += 1;
    options.onPackage?.({ done, total: wanted.length });
    return line;
  });
  return {
    kind: 'PackageCatalogue',
    apiVersion: 'slipway.okd.io/v1',
    name: options.name,
    repository: { url: source.url, revision: repomd.revision, primary: repomd.primary.digest },
    packages: [...new Set(packages)].sort(),
  };
}

/** The bytes of a catalogue file. */
export const formatCatalogue = (catalogue: CatalogueFile): string => prettyJson(catalogue);
