import type { ReleaseKind } from '../version/index.ts';
import type { Barrier, Deadend, Hurdle, OkdData } from './okd.ts';
import type { MatchingRule, Risk } from './risk.ts';

export type { MatchingRule, Risk };

/** A `blocked-edges` file: with a risk the matched edges become conditional, without one they disappear. */
export interface BlockedEdge {
  readonly file: string;
  /** Version the update goes to; with `+arch` it counts for that architecture only. */
  readonly to: string;
  /** Regular expression, searched unanchored in `version+arch` of the update's source. */
  readonly from: string;
  readonly risk?: Risk;
  readonly fixedIn?: string;
}

export interface Channel {
  readonly name: string;
  readonly file: string;
  /** As listed: semantic versions, `+arch` for one architecture only. */
  readonly versions: readonly string[];
}

/**
 * Something in the input that could not be taken as it stands. `error`: a release, an edge or a file was withheld;
 * `note`: a reference leads nowhere (for instance a `previous` that is not in the repository) and was left out.
 */
export interface GraphProblem {
  readonly severity: 'error' | 'note';
  /** A file of graph-data, or the version and architecture of a release. */
  readonly file: string;
  readonly line?: number;
  readonly field?: string;
  readonly message: string;
  /** Updates to these versions are made conditional because of it; `*`: updates to every version. */
  readonly targets?: readonly string[];
}

/** Parsed graph-data (schema 1.x of openshift/cincinnati-graph-data, the part that a service reads). */
export interface GraphData {
  readonly schema: string;
  readonly channels: readonly Channel[];
  readonly blocked: readonly BlockedEdge[];
  /** version -> label -> value, joined to the labels of the release. */
  readonly raw: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The directory `okd/`, where there is one. */
  readonly okd?: OkdData;
  /** Empty in strict mode (the default), which throws instead. */
  readonly problems: readonly GraphProblem[];
}

export interface Override {
  readonly by: string;
  readonly reason: string;
}

/** A release image as a registry scrape or a ledger knows it: `release-metadata` and labels of one architecture. */
export interface GraphRelease {
  readonly version: string;
  readonly arch: string;
  /** Pull spec by digest. */
  readonly payload: string;
  readonly previous: readonly string[];
  readonly next: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** When the release was made, RFC 3339. */
  readonly created?: string;
  /** Ids of the keys that signed it; left out where nobody looked. */
  readonly signed?: readonly string[];
  /** Verdict of the content audit; left out where there was none. */
  readonly audit?: 'pass' | 'fail' | 'none';
  /** Who accepted the release by hand although the audit, or something else, did not let it pass, and why. */
  readonly override?: Override;
  /** Other pull specs of the same payload. */
  readonly mirrors?: readonly string[];
}

/** A test of one update: of our own jobs, of a release-controller, or reported by somebody. */
export interface EvidenceRecord {
  readonly from: string;
  readonly to: string;
  readonly arch: string;
  /** `infra`: the test broke for reasons that have nothing to do with the update; it says nothing. */
  readonly result: 'pass' | 'fail' | 'infra';
  readonly job: string;
  readonly url: string;
  /** RFC 3339. */
  readonly time: string;
  readonly source: 'ci' | 'community';
  readonly platform?: string;
  readonly reporter?: string;
  /** How long the update took. */
  readonly minutes?: number;
}

/** One of Slipway's own releases, for {@link buildReleaseGraph}. */
export interface LedgerRelease extends Omit<GraphRelease, 'next'> {
  readonly channels: readonly string[];
}

export interface AnswerNode {
  readonly version: string;
  readonly payload: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ConditionalEdges {
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly risks: readonly Risk[];
}

/** The body of the Cincinnati protocol, version 1. `edges` are pairs of indices into `nodes`. */
export interface GraphAnswer {
  readonly version: 1;
  readonly nodes: readonly AnswerNode[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly conditionalEdges: readonly ConditionalEdges[];
}

/** Why a declared edge is not a plain recommendation. All but `conditional` are offered to nobody. */
export type EdgeFate =
  | { readonly kind: 'conditional'; readonly risks: readonly Risk[]; readonly files: readonly string[] }
  | { readonly kind: 'blocked'; readonly files: readonly string[] }
  | { readonly kind: 'removed'; readonly label: string; readonly of: string }
  | { readonly kind: 'barrier'; readonly barrier: Barrier }
  | { readonly kind: 'deadend'; readonly deadend: Deadend }
  | { readonly kind: 'withheld'; readonly code: WithheldCode; readonly of: string };

/** Why nothing leads to a release although it is known. */
export type WithheldCode = 'PayloadUnsigned' | 'ContentAuditFailed' | 'PayloadGone';

/** What the tests of an update say (update-graph § 8.3, evidence grading). */
export interface EdgeGrade {
  readonly state: 'tested' | 'untested' | 'failing' | 'flaky';
  readonly passes: number;
  readonly fails: number;
  /** The newest runs that count, newest first. */
  readonly runs: readonly EvidenceRecord[];
  /** What a cluster is told, unless the update is tested. */
  readonly risk?: Risk;
}

export interface CompiledNode extends AnswerNode {
  readonly arch: string;
  readonly channels: readonly string[];
  /** What the ledger or the image says. */
  readonly release: GraphRelease;
}

/** The graph of one architecture: every release, every declared edge, and what became of the edge. */
export interface ArchGraph {
  readonly arch: string;
  /** By ascending SemVer precedence. */
  readonly nodes: readonly CompiledNode[];
  readonly index: ReadonlyMap<string, number>;
  /** For each node the ascending indices of the declared targets. */
  readonly targets: readonly (readonly number[])[];
  /** Fate of the edges that are not plain recommendations, by `from * nodes.length + to`. */
  readonly fates: ReadonlyMap<number, EdgeFate>;
  /** What tests say of the edges that are offered, by the same key; empty where graph-data has no `okd/`. */
  readonly grades: ReadonlyMap<number, EdgeGrade>;
  /** Releases before the gates of channels that have a feeder, by channel and then in OKD's order. */
  readonly promotions: readonly Promotion[];
}

/** How one thing that a release must show for a channel stands. */
export interface GateState {
  readonly name: Hurdle;
  readonly state: 'passed' | 'open' | 'waived';
  /** Half a sentence, with what it rests on. */
  readonly text: string;
  readonly url?: string;
}

/**
 * A release before the gates of a channel. `promoted`: listed and through, so it is there; `ready`: through and not
 * listed; `held`: listed and not through, so it is left out; `waiting`: neither.
 */
export interface Promotion {
  readonly channel: string;
  readonly feeder: string;
  readonly version: string;
  readonly arch: string;
  readonly state: 'promoted' | 'ready' | 'held' | 'waiting';
  /**
   * When everything was passed at once, RFC 3339; from then on the release belongs to the channel. Left out when it is
   * not through, and when nothing that has a date let it in.
   */
  readonly entered?: string;
  /** When its time in the feeding channel is up, RFC 3339, where it is known since when it is there. */
  readonly due?: string;
  readonly hurdles: readonly GateState[];
}

/** What a channel may hold and how it treats updates that were not tested. */
export interface ChannelRule {
  readonly kinds: readonly ReleaseKind[] | 'all';
  readonly untested: 'conditional' | 'recommended';
}

/** The whole compiled graph; a value, never changed. */
export interface CompiledGraph {
  readonly architectures: ReadonlyMap<string, ArchGraph>;
  /** Every channel that graph-data or a release names, sorted. */
  readonly channels: readonly string[];
  /** Rules of the channels; empty where graph-data has no `okd/`. */
  readonly rules: ReadonlyMap<string, ChannelRule>;
  /** Graph-data's own directory, for what is not in the edges: feeders, owners of risks. */
  readonly okd?: OkdData;
  /** Milliseconds since 1970; from then on the same inputs may make another graph, for a gate opens by time. */
  readonly changesAt?: number;
  /** Releases and edges that were left out or quarantined, and why. */
  readonly problems: readonly GraphProblem[];
}

/** Error of the protocol: `status` on the wire, `{kind, value}` as JSON body. */
export interface GraphProtocolError {
  readonly status: 400 | 404 | 406 | 500;
  readonly kind:
    | 'missing_params'
    | 'invalid_params'
    | 'invalid_content_type'
    | 'does_not_exist'
    | 'failed_plugin_execution';
  readonly value: string;
  /** What to do about it; beyond upstream. */
  readonly hint?: string;
}

export interface GraphQuery {
  readonly channel: string;
  readonly arch: string;
}
