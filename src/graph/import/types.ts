import type { EvidenceRecord, GraphRelease } from '../types.ts';

/** What another service knew, in the form of the ledgers. */
export interface Imported {
  readonly releases: readonly GraphRelease[];
  readonly evidence: readonly EvidenceRecord[];
  /** Files of graph-data (path -> text) for what is neither: risks of conditional edges. */
  readonly graphData: ReadonlyMap<string, string>;
  /** What could not be taken over, and why. */
  readonly notes: readonly string[];
}

export interface ImportOptions {
  readonly arch: string;
  /** Where it comes from, for messages and as evidence. */
  readonly source: string;
  /** RFC 3339; the time of what says no time itself. */
  readonly at: string;
}
