import type { FileCheck, PackageFacts } from '../facts/model.ts';

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
