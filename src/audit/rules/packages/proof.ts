import type { FileCheck, PackageFacts } from '../../model/index.ts';
import type { Rule } from '../rule.ts';

/** How far a package is proven (spec audit.md § 2.4). Each level includes those below it. */
export const PROOF_LEVELS = {
  L0: 'no data',
  L1: 'strings only',
  L2: 'key id',
  L3: 'header signature verified',
  L4: 'the same header is in an open catalogue',
  L5: 'its files are the signed ones',
} as const;
export type ProofLevel = keyof typeof PROOF_LEVELS;

/** What proves more than a package's own header can. */
interface ProofEvidence {
  /** Names of the catalogues that list the very same header. */
  readonly catalogues?: readonly string[];
  /** How its files stand in the image at hand (deep mode). */
  readonly files?: FileCheck['state'] | undefined;
}

export function proofOf(pkg: PackageFacts, { catalogues = [], files }: ProofEvidence = {}): ProofLevel {
  if (pkg.signature === 'ok' && pkg.headerDigest !== 'bad') {
    if (catalogues.length === 0) return 'L3';
    return files === 'match' ? 'L5' : 'L4';
  }
  if (pkg.keyIds.length > 0) return 'L2';
  return [pkg.vendor, pkg.packager, pkg.buildHost].some((text) => text !== null && text !== '') ? 'L1' : 'L0';
}

/** Share of packages that an open catalogue should list. */
const ENOUGH = 0.95;
const MOST_LINES = 20;

const uncatalogued: Rule<'catalogued'> = {
  id: 'RPM-010',
  title: 'packages that no open catalogue lists',
  subject: 'catalogued',
  severity: 'warn',
  fixed: false,
  test({ catalogues, total, missing }) {
    if (total === 0 || (total - missing.length) / total >= ENOUGH) return undefined;
    const shown = missing.slice(0, MOST_LINES);
    return {
      message: `${missing.length} of its ${total} packages are in none of the catalogues that were asked`,
      evidence: [
        `catalogues: ${catalogues.join(', ')}`,
        ...shown,
        ...(missing.length > shown.length ? [`and ${missing.length - shown.length} more`] : []),
      ],
    };
  },
};

export const cataloguedRules: readonly Rule<'catalogued'>[] = [uncatalogued];
