import { compareReleases, contains, releaseKind } from '../../version/index.ts';
import type { Approval, ChannelPolicy, EvidencePolicy, Feeder, Hurdle } from '../okd.ts';
import type { EvidenceRecord, GateState, GraphProblem, GraphRelease, Promotion } from '../types.ts';
import { GATES, type GateSubject } from './gates.ts';

/** What promotions in one architecture are decided by. */
export interface PromotionInput {
  readonly arch: string;
  readonly policies: readonly ChannelPolicy[];
  readonly approvals: readonly Approval[];
  readonly evidencePolicy: EvidencePolicy;
  readonly releases: readonly GraphRelease[];
  /** Test runs of updates into a release that are declared, whether they are offered today or not. */
  readonly runsInto: (version: string) => readonly EvidenceRecord[];
  /** The channels that files and labels list a release in. */
  readonly listed: ReadonlyMap<string, readonly string[]>;
  /** Whether a channel may hold a release by the kind it is of. */
  readonly holds: (channel: string, version: string) => boolean;
  /** Whether anything names the channel. */
  readonly isChannel: (channel: string) => boolean;
  /** Milliseconds; what is dated later is not known yet. */
  readonly at: number;
}

/** What is in a channel that has a feeder, and since when in milliseconds: `undefined` when nobody knows. */
type Entries = ReadonlyMap<string, number | undefined>;

/** A channel that has a feeder. */
type FedChannel = ChannelPolicy & { readonly feeder: Feeder };

/**
 * Which releases are through the gates of the channels that have a feeder, by channel and in OKD's order. Pure: decided
 * by the ledger, the evidence, the approvals and the time alone.
 *
 * A release is through from the first moment at which it had been in the feeding channel long enough and passed every
 * gate, judged by what was known then. So it stays once it was let in (update-graph § 6.4, I13): neither time nor a
 * test that fails later takes it away; what fails later makes updates conditional. A further pass can only make that
 * moment earlier.
 */
export function promotionsOf(input: PromotionInput, report: (problem: GraphProblem) => void): Promotion[] {
  const entered = new Map<string, Entries>();
  const fed = input.policies.filter((policy): policy is FedChannel => policy.feeder !== undefined);
  const result: Promotion[] = [];
  for (const policy of feedersFirst(fed)) {
    const { name, feeder, file } = policy;
    if (!input.isChannel(feeder.name))
      report({
        severity: 'error',
        file,
        field: `${name}.feeder`,
        message: `there is no channel ${feeder.name}, so nothing can enter ${name}.`,
      });
    const promotions = subjects(policy, input, entered).map((subject) => judge(policy, subject, input));
    const members = promotions.flatMap(({ version, state, entered: time }) =>
      state === 'promoted' ? [[version, time === undefined ? undefined : Date.parse(time)] as const] : [],
    );
    entered.set(name, new Map(members));
    result.push(...promotions);
  }
  return result.sort((a, b) =>
    a.channel < b.channel ? -1 : a.channel > b.channel ? 1 : compareReleases(a.version, b.version),
  );
}

/** A channel after the one that feeds it; no chain leads back to itself, which the parser sees to. */
function feedersFirst(fed: readonly FedChannel[]): FedChannel[] {
  const byName = new Map(fed.map((policy) => [policy.name, policy]));
  const depth = (name: string): number => {
    const feeder = byName.get(name)?.feeder.name;
    return feeder === undefined ? 0 : 1 + depth(feeder);
  };
  return fed.toSorted((a, b) => depth(a.name) - depth(b.name) || (a.name < b.name ? -1 : 1));
}

interface Subject {
  readonly release: GraphRelease;
  readonly isListed: boolean;
  /** Milliseconds since when its time in the feeding channel counts; `undefined` when nobody knows. */
  readonly since: number | undefined;
  /** Whether gates of the feeding channel date its entry; what files list has no date but that of the release. */
  readonly isDated: boolean;
  readonly isFed: boolean;
}

/** The releases of the feeding channel, and what is listed here without being there. */
function subjects(
  { name, feeder }: FedChannel,
  { releases, listed, holds }: PromotionInput,
  entered: ReadonlyMap<string, Entries>,
): Subject[] {
  const gated = entered.get(feeder.name);
  return releases.flatMap((release): Subject[] => {
    const { version, created } = release;
    const channels = listed.get(version) ?? [];
    const isListed = channels.includes(name);
    const isFed = gated === undefined ? channels.includes(feeder.name) : gated.has(version);
    const moves = isFed && holds(name, version) && (feeder.kinds?.includes(releaseKind(version)) ?? true);
    if (!isListed && !moves) return [];
    const made = created === undefined ? undefined : Date.parse(created);
    return [
      {
        release,
        isListed,
        isFed,
        ...(gated?.has(version) ? { since: gated.get(version), isDated: true } : { since: made, isDated: false }),
      },
    ];
  });
}

function judge({ name, feeder }: FedChannel, subject: Subject, input: PromotionInput): Promotion {
  const { release, isListed, since } = subject;
  const approvals = input.approvals.filter(
    ({ channel, versions }) => channel === name && contains(versions, release.version),
  );
  const runs = input.runsInto(release.version);
  const due = since === undefined ? undefined : since + feeder.delayMs;
  const stateAt = (at: number): GateState[] =>
    hurdles(feeder, subject, due, at, {
      release,
      runs: runs.filter(({ time }) => Date.parse(time) <= at),
      approvals: approvals.filter(({ time }) => Date.parse(time) <= at),
      policy: input.evidencePolicy,
    });
  // Only at these moments can a gate open. Where nobody knows since when it was there, what nothing dated opens was
  // always open: the time of the look must not be taken for that of the entry, which would move with the clock.
  const start = since ?? Number.NEGATIVE_INFINITY;
  const moments = [start, due ?? start, ...[...runs, ...approvals].map(({ time }) => Date.parse(time))]
    .filter((time) => time >= start && time <= input.at)
    .sort((a, b) => a - b);
  const through = moments.find((time) => stateAt(time).every(({ state }) => state !== 'open'));
  return {
    channel: name,
    feeder: feeder.name,
    version: release.version,
    arch: input.arch,
    state: through === undefined ? (isListed ? 'held' : 'waiting') : isListed ? 'promoted' : 'ready',
    ...(through === undefined || through === Number.NEGATIVE_INFINITY ? {} : { entered: rfc3339(through) }),
    ...(due === undefined ? {} : { due: rfc3339(due) }),
    hurdles: stateAt(through ?? input.at),
  };
}

function hurdles(
  feeder: Feeder,
  { isFed, since, isDated }: Subject,
  due: number | undefined,
  at: number,
  known: GateSubject,
): GateState[] {
  const state = (name: Hurdle, { passed, ...said }: { passed: boolean; text: string; url?: string }): GateState => {
    if (passed) return { name, state: 'passed', ...said };
    const waiver = known.approvals.find(({ waives }) => waives.includes(name));
    if (waiver === undefined) return { name, state: 'open', ...said };
    return { ...said, name, state: 'waived', text: `${said.text}; ${waiver.by} waives it: ${waiver.reason}` };
  };
  const fed = { passed: isFed, text: isFed ? `it is in ${feeder.name}` : `it is not in ${feeder.name}` };
  const delay: GateState[] =
    feeder.delayMs === 0
      ? []
      : [
          state('delay', {
            passed: isFed && due !== undefined && at >= due,
            text:
              since === undefined || due === undefined
                ? `since when it is in ${feeder.name} is not known: the ledger has no "created" for it`
                : isDated
                  ? `in ${feeder.name} since ${rfc3339(since)}, long enough at ${rfc3339(due)}`
                  : `created ${rfc3339(since)}, from when its time in ${feeder.name} counts, long enough at ${rfc3339(due)}`,
          }),
        ];
  return [
    state('feeder', fed),
    ...delay,
    ...feeder.gates.map(({ name, wanted }) => state(name, GATES[name].judge(known, wanted))),
  ];
}

function rfc3339(time: number): string {
  return new Date(time).toISOString();
}

/** What keeps a release out, in words. */
export function openHurdles({ hurdles: list }: Promotion): string {
  return list
    .filter(({ state }) => state === 'open')
    .map(({ name, text }) => `${name} (${text})`)
    .join('; ');
}
