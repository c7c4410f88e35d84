import type { Matcher } from '../regex/index.ts';
import type { ChannelRule, EvidenceRecord, GraphData, GraphProblem, GraphRelease } from '../types.ts';

export type Report = (problem: GraphProblem) => void;

/** What all architectures share in a compile. */
export interface Context {
  readonly data: GraphData;
  readonly rules: ReadonlyMap<string, ChannelRule>;
  readonly evidence: readonly EvidenceRecord[];
  /** Milliseconds; the time that gates are judged by. */
  readonly at: number;
  readonly regex: (source: string) => Matcher;
  readonly report: Report;
}

/** A release on its way to a node. */
export interface Member {
  readonly release: GraphRelease;
  /** Of the image and of `raw/metadata.json`, joined. */
  readonly labels: Readonly<Record<string, string>>;
}
