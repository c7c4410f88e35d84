import type { ReleaseKind, VersionRange } from '../version/index.ts';
import type { Risk } from './risk.ts';

/** `okd/sources.yaml`: updates to releases of `to` are declared from those of `from`, forwards only. */
export interface SourceRule {
  readonly file: string;
  readonly to: VersionRange;
  readonly from: readonly VersionRange[];
}

/** What an approval may waive: being in the feeding channel, the time there, and every gate. */
export type Hurdle = 'feeder' | 'delay' | GateName;
export type GateName = 'upgrade-test' | 'content-audit' | 'signed' | 'community' | 'approval';

/** One thing that a release has to show before it enters a channel; `wanted` is 1 where nothing is counted. */
export interface GateRule {
  readonly name: GateName;
  readonly wanted: number;
}

/** Where the releases of a channel come from, and what lets them in (update-graph § 8.2, § 2.7). */
export interface Feeder {
  readonly name: string;
  /**
   * Milliseconds that a release stays in the feeding channel first: since that channel's gates let it in, or since it
   * was created where that has none.
   */
  readonly delayMs: number;
  readonly gates: readonly GateRule[];
  /** Kinds of releases that move on; left out, whatever the channel may hold. */
  readonly kinds?: readonly ReleaseKind[];
}

/** `okd/approvals.yaml`: somebody vouches for releases in a channel, or lets them in although they lack something. */
export interface Approval {
  readonly channel: string;
  readonly versions: VersionRange;
  readonly by: string;
  /** RFC 3339; it counts from then on. */
  readonly time: string;
  readonly reason: string;
  readonly waives: readonly Hurdle[];
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
  readonly approvals: readonly Approval[];
  readonly barriers: readonly Barrier[];
  readonly deadends: readonly Deadend[];
  readonly pullspecs: readonly PullspecRule[];
  readonly risks: readonly DeclaredRisk[];
  readonly evidence: EvidencePolicy;
}
