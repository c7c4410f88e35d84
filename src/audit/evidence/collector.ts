import type { LayerFacts } from '../model/index.ts';

/** Sorts of evidence that one small file states by itself. */
export type EvidenceSort =
  | 'osReleases'
  | 'repositories'
  | 'contentManifests'
  | 'dockerfiles'
  | 'labelFiles'
  | 'packageLists'
  | 'certificates'
  | 'residues';

/**
 * Reads one sort of evidence out of files of a layer. All collectors have this shape and stand in the table of
 * `index.ts`; adding one touches its file, that table and the shapes of `model/evidence.ts`.
 */
export interface Collector<Sort extends EvidenceSort = EvidenceSort> {
  readonly sort: Sort;
  /** Largest file it reads, in bytes. A larger one that it wants is a gap. */
  readonly limit: number;
  /** `path` is relative, `size` in bytes. Any prefix is accepted: install roots are evidence as well. */
  wants(path: string, size: number): boolean;
  /** Throws when the content is not what the path promises: the caller records a gap. */
  read(path: string, content: Buffer): LayerFacts[Sort];
}
