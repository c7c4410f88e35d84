import type { ReleaseKind, VersionRange } from '../version/index.ts';
import type { Risk } from './risk.ts';

/** `okd/sources.yaml`: updates to releases of `to` are declared from those of `from`, forwards only. */
export interface SourceRule {
  readonly file: string;
  readonly to: VersionRange;
  readonly from: readonly VersionRange[];
}

/** When a release moves on from another channel; judged by whoever promotes, shown by `explain`. */
export interface Feeder {
  readonly name: string;
  /** Milliseconds that a release stays in the feeding channel first. */
  readonly delayMs: number;
  /** `upgrade-test`, `content-audit`, `signed`, `community>=N`. */
  readonly gates: readonly string[];
}

/** `okd/channels.yaml`: what a channel may hold, and how it is fed. */
export interface ChannelPolicy {
  readonly name: string;
  readonly file: string;
  readonly feeder?: Feeder;
  /** Kinds of releases it may hold; others are left out and reported. */
  readonly kinds?: readonly ReleaseKind[];
  /** Whether an update that no test has passed yet is a plain recommendation here. Default: see `policyOf`. */
  readonly untested?: 'conditional' | 'recommended';
  /** Another channel, or `newest-stable-with-path`; the channel then has no file of its own. */
  readonly aliasOf?: string;
}

/** `okd/barriers.yaml`: no update may jump over this release. */
export interface Barrier {
  readonly version: string;
  readonly reason: string;
  readonly url?: string;
}

/** `okd/deadends.yaml`: nothing leads on from this release. */
export interface Deadend extends Barrier {
  readonly exit: string;
}

/** `okd/pullspecs.yaml`: payloads of repository `from` are served from repository `to`. */
export interface PullspecRule {
  readonly from: string;
  readonly to: string;
  /** Digests known to be in `to`, beside those that the ledger lists as mirrors; `all`: every one. */
  readonly digests: readonly string[] | 'all';
  /** Nothing can be pulled from `from` any more: what is not in `to` is not offered. */
  readonly gone: boolean;
}

/** `okd/risks.yaml`: a risk written once, with the ranges it is about. */
export interface DeclaredRisk {
  readonly file: string;
  readonly risk: Risk;
  readonly to: VersionRange;
  readonly from: VersionRange;
  readonly fixedIn?: string;
  readonly owner?: string;
  readonly opened?: string;
}

/** `okd/evidence.yaml`: how test results grade updates, and what a payload must have. */
export interface EvidencePolicy {
  /** So many failures in a row make an update `UpdateTestFailing`. */
  readonly failingAfter: number;
  /** Share of passes below which an update is `UpdateFlaky`. */
  readonly flakyBelow: number;
  /** Where people read about risks that grading makes. */
  readonly url: string;
  readonly requireSignature: boolean;
  readonly requireAudit: boolean;
}

/** The directory `okd/` of graph-data, which Cincinnati does not read (update-graph § 8.2). */
export interface OkdData {
  readonly sources: readonly SourceRule[];
  readonly channels: readonly ChannelPolicy[];
  readonly barriers: readonly Barrier[];
  readonly deadends: readonly Deadend[];
  readonly pullspecs: readonly PullspecRule[];
  readonly risks: readonly DeclaredRisk[];
  readonly evidence: EvidencePolicy;
}
