/** The API's answers as the pages use them. The contract is src/server/schema; this file only gives its parts names. */

import type {
  ComparisonView,
  ReleaseChangelogView,
  ReleaseContentsView,
} from '../../../src/server/schema/changelog.ts';
import type { ExplainAnswer, MatrixAnswer, PathAnswer } from '../../../src/server/schema/graph.ts';
import type {
  ChannelView,
  ReleaseDetail,
  ReleaseProgress,
  ReleaseSummary,
  StatusView,
  StreamView,
} from '../../../src/server/schema/release.ts';

export type {
  ChannelView,
  ExplainAnswer,
  MatrixAnswer,
  PathAnswer,
  ReleaseChangelogView,
  ReleaseContentsView,
  ReleaseDetail,
  ReleaseProgress,
  ReleaseSummary,
  StatusView,
  StreamView,
};
export type Comparison = ComparisonView;
export type Contents = ReleaseContentsView;
export type Audit = NonNullable<ReleaseDetail['audit']>;
export type Changelog = NonNullable<ReleaseDetail['changelog']>;
export type Component = ReleaseDetail['components'][number];
export type Download = ReleaseDetail['downloads'][number];
export type Attestation = ReleaseDetail['attestations'][number];
export type Finding = Audit['findings'][number];
export type Gate = ReleaseDetail['gates'][number];
export type JobRun = ReleaseDetail['verification'][number];
export type LedgerEntry = ReleaseDetail['ledger'][number];
export type Step = ReleaseDetail['steps'][number];
