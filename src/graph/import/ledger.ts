import { canonicalJson } from '../../util/index.ts';
import type { EvidenceRecord, GraphRelease } from '../types.ts';

/** What of an import is new to a ledger, as lines to append, and what contradicts it. */
export interface Additions {
  readonly lines: readonly string[];
  readonly conflicts: readonly string[];
}

/**
 * Releases that a ledger does not have yet. It is append-only: a release that is there stays as it is; one with other
 * sources is joined to it, with another payload refused.
 */
export function newReleases(ledger: readonly GraphRelease[], imported: readonly GraphRelease[]): Additions {
  const known = new Map(ledger.map((release) => [`${release.version}+${release.arch}`, release]));
  const conflicts: string[] = [];
  const lines = imported.flatMap((release) => {
    const key = `${release.version}+${release.arch}`;
    const twin = known.get(key);
    if (twin !== undefined) {
      if (twin.payload.split('@')[1] !== release.payload.split('@')[1])
        conflicts.push(`${key} is ${twin.payload} in the ledger; ${release.payload} is not taken.`);
      return [];
    }
    known.set(key, release);
    return [canonicalJson(release)];
  });
  return { lines, conflicts };
}

/** Runs that a ledger does not have yet; a run is known by its update, address and result. */
export function newEvidence(ledger: readonly EvidenceRecord[], imported: readonly EvidenceRecord[]): Additions {
  const key = ({ from, to, arch, url, result }: EvidenceRecord): string => [from, to, arch, url, result].join(' ');
  const known = new Set(ledger.map(key));
  const lines = imported.flatMap((record) => {
    if (known.has(key(record))) return [];
    known.add(key(record));
    return [canonicalJson(record)];
  });
  return { lines, conflicts: [] };
}
