import { compareRanked, contains, type RankedVersion, rankVersion } from '../../version/index.ts';
import { inName } from '../evidence/index.ts';
import type { OkdData } from '../okd.ts';
import type { BlockedEdge, EdgeFate, GraphRelease, Risk, WithheldCode } from '../types.ts';

/** The ranked releases of one architecture, by the index of their node. */
export type Ranks = readonly RankedVersion[];

/** Updates that `okd/sources.yaml` declares: from each matching release to each newer one, as `[from, to]`. */
export function sourceEdges({ sources }: Pick<OkdData, 'sources'>, ranks: Ranks): [number, number][] {
  return sources.flatMap(({ to, from }) => {
    const origins = ranks.flatMap((version, at) => (from.some((range) => contains(range, version)) ? [at] : []));
    const goals = ranks.flatMap((version, at) => (contains(to, version) ? [at] : []));
    return origins.flatMap((origin) =>
      goals.flatMap((goal): [number, number][] => (before(ranks, origin, goal) ? [[origin, goal]] : [])),
    );
  });
}

function isOffered(fate: EdgeFate | undefined): boolean {
  return fate === undefined || fate.kind === 'conditional';
}

function before(ranks: Ranks, a: number, b: number): boolean {
  const [x, y] = [ranks[a], ranks[b]];
  return x !== undefined && y !== undefined && compareRanked(x, y) < 0;
}

/**
 * `okd/risks.yaml` as blocked-edges files for the releases that exist: one for each target, its pattern naming the
 * sources. So one definition serves here and in a repository that unmodified Cincinnati reads.
 */
export function riskEdges({ risks }: Pick<OkdData, 'risks'>, ranks: Ranks): BlockedEdge[] {
  return risks.flatMap(({ file, risk, to, from, fixedIn }) => {
    const fixed = fixedIn === undefined ? undefined : rankVersion(fixedIn);
    const goals = ranks.filter(
      (version) => contains(to, version) && (fixed === undefined || compareRanked(version, fixed) < 0),
    );
    return goals.flatMap((goal): BlockedEdge[] => {
      const origins = ranks.filter((version) => contains(from, version) && compareRanked(version, goal) < 0);
      if (origins.length === 0) return [];
      const pattern = exactly(origins.map((version) => version.text));
      return [{ file, to: goal.text, from: pattern, risk, ...(fixedIn === undefined ? {} : { fixedIn }) }];
    });
  });
}

/** A pattern that matches these versions, of any architecture or of one, and no other. */
export function exactly(versions: readonly string[], arch?: string): string {
  const alternatives = versions.map((version) => version.replaceAll('.', '[.]')).join('|');
  return `^(${alternatives})[+]${arch === undefined ? '.*' : arch}$`;
}

/** The payload that clusters are given, and whether the old place still counts (`okd/pullspecs.yaml`). */
export function placedPayload(release: GraphRelease, okd: OkdData | undefined): { payload: string; gone: boolean } {
  const [repository = '', digest = ''] = release.payload.split('@');
  for (const rule of okd?.pullspecs ?? []) {
    if (rule.from !== repository) continue;
    const moved = `${rule.to}@${digest}`;
    if (rule.digests === 'all' || rule.digests.includes(digest) || release.mirrors?.includes(moved))
      return { payload: moved, gone: false };
    return { payload: release.payload, gone: rule.gone };
  }
  return { payload: release.payload, gone: false };
}

/** Why a release may not be offered to anybody, by the policy of `okd/evidence.yaml`. */
function withheldCode(release: GraphRelease, gone: boolean, { evidence }: OkdData): WithheldCode | undefined {
  if (gone) return 'PayloadGone';
  if (evidence.requireSignature && (release.signed ?? []).length === 0) return 'PayloadUnsigned';
  return evidence.requireAudit && release.audit !== 'pass' && release.override === undefined
    ? 'ContentAuditFailed'
    : undefined;
}

/**
 * What clusters are told of a release that was not audited well and that a person accepted all the same, where audits
 * are required: it is not withheld, for somebody answers for it, and no plain recommendation either.
 */
export function overrideRisk(release: GraphRelease, { evidence }: Pick<OkdData, 'evidence'>): Risk | undefined {
  const { version, audit, override } = release;
  if (!evidence.requireAudit || override === undefined || audit === 'pass') return undefined;
  const verdict = audit === 'fail' ? 'did not pass the content audit' : 'has no content audit';
  return {
    name: `AuditOverriddenFor${inName(version)}`,
    url: evidence.url,
    message: `${version} ${verdict}; accepted by override by ${override.by}: ${override.reason}`,
    matchingRules: [{ type: 'Always' }],
  };
}

/** Adds one risk to edges; those that had the same risks share one list, so that they form one group. */
function adder(risk: Risk, file: string): (fate: EdgeFate | undefined) => EdgeFate {
  const lists = new Map<readonly Risk[] | undefined, readonly Risk[]>();
  return (fate) => {
    const known = fate?.kind === 'conditional' ? fate : undefined;
    const risks = lists.get(known?.risks) ?? [...(known?.risks ?? []), risk].sort((a, b) => (a.name < b.name ? -1 : 1));
    lists.set(known?.risks, risks);
    return { kind: 'conditional', risks, files: [...(known?.files ?? []), file] };
  };
}

/**
 * Takes away what `okd/` forbids whatever else is said: updates to releases that are withheld, from and to dead ends,
 * and over a barrier. A barrier itself may be reached from everything before it, and left for everything after.
 */
export function applyRules(
  okd: OkdData,
  graph: {
    readonly ranks: Ranks;
    readonly releases: readonly GraphRelease[];
    readonly gone: readonly boolean[];
    readonly targets: readonly (readonly number[])[];
  },
  fates: Map<number, EdgeFate>,
): void {
  const { ranks, releases, gone, targets } = graph;
  const barriers = okd.barriers
    .map((barrier) => ({ barrier, at: rankVersion(barrier.version) }))
    .sort((a, b) => compareRanked(a.at, b.at));
  const deadends = new Map(okd.deadends.map((deadend) => [deadend.version, deadend]));
  const overridden = releases.map((release) => {
    const risk = overrideRisk(release, okd);
    return risk === undefined ? undefined : adder(risk, `${release.version}+${release.arch}`);
  });
  const withheld = releases.map((release, at) => withheldCode(release, gone[at] ?? false, okd));
  targets.forEach((list, from) => {
    const source = ranks[from];
    for (const to of list) {
      const target = ranks[to];
      if (source === undefined || target === undefined) continue;
      const key = from * ranks.length + to;
      const code = withheld[to];
      const deadend = deadends.get(source.text) ?? deadends.get(target.text);
      const over = barriers.find(({ at }) => compareRanked(source, at) < 0 && compareRanked(at, target) < 0);
      if (code !== undefined) fates.set(key, { kind: 'withheld', code, of: target.text });
      else if (deadend !== undefined) fates.set(key, { kind: 'deadend', deadend });
      else if (over !== undefined) fates.set(key, { kind: 'barrier', barrier: over.barrier });
      else if (isOffered(fates.get(key))) {
        const add = overridden[to];
        if (add !== undefined) fates.set(key, add(fates.get(key)));
      }
    }
  });
}
