import { compareReleases, rankVersion } from '../../version/index.ts';
import { splitBuild } from '../data/index.ts';
import type { ArchGraph, CompiledGraph, CompiledNode, EdgeGrade, Risk } from '../types.ts';
import { acknowledgements } from './acks.ts';

export interface PlanRequest {
  readonly from: string;
  readonly to: string;
  readonly arch: string;
  /** Channels that may be used; left out, all of them. */
  readonly channels?: readonly string[];
  /** No hop with a risk at all that is not accepted. */
  readonly avoidRisks?: boolean;
  /** Names of risks that do not count. */
  readonly accept?: readonly string[];
  /** Versions or digests that can be pulled; left out, all of them. */
  readonly mirrored?: ReadonlySet<string>;
  readonly maxHops?: number;
  /** How many paths to give, best first (default 3). */
  readonly count?: number;
}

export interface Hop {
  readonly from: string;
  readonly to: string;
  /** Channel to follow for this hop. */
  readonly channel: string;
  readonly payload: string;
  /** Of the graph's data and of failing tests, without those accepted. */
  readonly risks: readonly Risk[];
  readonly tested: 'tested' | 'untested' | 'failing' | 'flaky' | 'not graded';
  /** What an admin has to acknowledge before the update starts. */
  readonly acks: readonly string[];
  /** Median of the tests that passed and said how long they took. */
  readonly minutes?: number;
}

export interface Plan {
  readonly hops: readonly Hop[];
  readonly risks: number;
  readonly untested: number;
  readonly minors: number;
}

/** Compared item by item: risks, prereleases passed and hops that only early channels offer, untested hops, minors crossed, hops, age of what is passed. */
type Cost = readonly [number, number, number, number, number, number];

interface Partial {
  readonly cost: Cost;
  readonly at: number;
  readonly before?: Partial;
}

const ZERO: Cost = [0, 0, 0, 0, 0, 0];
const DEFAULT_COUNT = 3;
const DEFAULT_MAX_HOPS = 50;

/**
 * The best paths from one release to another over everything that is offered, best first; empty when there is none
 * (update-graph § 8.6). Barriers and dead ends are in the graph already. Exact: the graph has no cycle, so the k best
 * ways to a release are made of the k best ways to those before it. Time and memory: edges × count.
 */
export function planPaths(compiled: CompiledGraph, request: PlanRequest): Plan[] {
  const graph = compiled.architectures.get(request.arch);
  const [source, target] = [request.from, request.to].map((version) => graph?.index.get(splitBuild(version).core));
  if (graph === undefined || source === undefined || target === undefined || source === target) return [];
  const count = request.count ?? DEFAULT_COUNT;
  const maxHops = request.maxHops ?? DEFAULT_MAX_HOPS;
  const step = stepper(graph, request, target);
  const best = new Map<number, Partial[]>([[source, [{ cost: ZERO, at: source }]]]);
  for (const at of topological(graph, source)) {
    const ways = best.get(at);
    if (ways === undefined || at === target) continue;
    for (const to of graph.targets[at] ?? []) {
      const added = step(at, to);
      if (added === undefined) continue;
      const list = best.get(to) ?? [];
      for (const way of ways) {
        const cost = way.cost.map((part, index) => part + (added[index] ?? 0)) as unknown as Cost;
        if (cost[4] <= maxHops) list.push({ cost, at: to, before: way });
      }
      best.set(to, list.sort((a, b) => compareCost(a.cost, b.cost)).slice(0, count));
    }
  }
  return (best.get(target) ?? []).map((way) => planOf(graph, way, request));
}

function compareCost(a: Cost, b: Cost): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? 0;
    if (part !== other) return part - other;
  }
  return 0;
}

/** Releases that can be reached, each after everything that leads to it. */
function topological({ targets }: ArchGraph, source: number): number[] {
  const order: number[] = [];
  const seen = new Set<number>([source]);
  const stack: { at: number; next: number }[] = [{ at: source, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const to = targets[top.at]?.[top.next++];
    if (to === undefined) {
      order.push(top.at);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ at: to, next: 0 });
    }
  }
  return order.reverse();
}

/** Risks of a hop that count: those of graph-data, and tests that fail; that nobody tested it is counted apart. */
function risksOf(graph: ArchGraph, from: number, to: number, accept: readonly string[]): readonly Risk[] | undefined {
  const key = from * graph.nodes.length + to;
  const fate = graph.fates.get(key);
  if (fate !== undefined && fate.kind !== 'conditional') return undefined;
  const grade = graph.grades.get(key);
  const failing = grade?.state === 'failing' || grade?.state === 'flaky' ? grade.risk : undefined;
  return [...(fate?.risks ?? []), ...(failing === undefined ? [] : [failing])].filter(
    ({ name }) => !accept.includes(name),
  );
}

/** The channels a hop can be made in, the best one first: stable before fast, the newest minor before older ones. */
function channelsOf(origin: CompiledNode, goal: CompiledNode, allowed: readonly string[] | undefined): string[] {
  return origin.channels
    .filter((name) => goal.channels.includes(name) && (allowed === undefined || allowed.includes(name)))
    .toSorted((a, b) => preference(a) - preference(b) || (a < b ? 1 : -1));
}

/** Preference of channels that offer what is not released yet. */
const EARLY = 9;

function preference(channel: string): number {
  const kind = ['stable', 'eus', 'fast'].findIndex((one) => channel.startsWith(one));
  return kind === -1 ? EARLY : kind;
}

function stepper(
  graph: ArchGraph,
  { channels, avoidRisks = false, accept = [], mirrored }: PlanRequest,
  target: number,
): (from: number, to: number) => Cost | undefined {
  const sorted = graph.nodes.map((node) => node.version).toSorted(compareReleases);
  const age = new Map(sorted.map((version, at) => [version, sorted.length - at]));
  const ranked = graph.nodes.map((node) => rankVersion(node.version));
  return (from, to) => {
    const [origin, goal] = [graph.nodes[from], graph.nodes[to]];
    const [a, b] = [ranked[from], ranked[to]];
    if (origin === undefined || goal === undefined || a === undefined || b === undefined) return undefined;
    const [channel] = channelsOf(origin, goal, channels);
    if (channel === undefined) return undefined;
    if (mirrored !== undefined && !isMirrored(goal, mirrored)) return undefined;
    const risks = risksOf(graph, from, to, accept);
    if (risks === undefined || (avoidRisks && risks.length > 0)) return undefined;
    const untested = graph.grades.get(from * graph.nodes.length + to)?.state === 'untested';
    const prerelease = to !== target && b.kind !== 'ga' && b.kind !== 'fcos';
    const passed = to === target ? 0 : (age.get(goal.version) ?? 0);
    const early = Number(prerelease) + Number(preference(channel) === EARLY);
    return [risks.length, early, Number(untested), Number(a.minor !== b.minor), 1, passed];
  };
}

function isMirrored({ version, payload }: CompiledNode, mirrored: ReadonlySet<string>): boolean {
  return mirrored.has(version) || mirrored.has(payload.split('@')[1] ?? '') || mirrored.has(payload);
}

function planOf(graph: ArchGraph, way: Partial, request: PlanRequest): Plan {
  const path: number[] = [];
  for (let at: Partial | undefined = way; at !== undefined; at = at.before) path.unshift(at.at);
  const hops = path.slice(1).map((to, index) => hopOf(graph, path[index] ?? -1, to, request));
  const [risks, , untested, minors] = way.cost;
  return { hops: keepChannel(graph, hops, request), risks, untested, minors };
}

function hopOf(graph: ArchGraph, from: number, to: number, { channels, accept = [] }: PlanRequest): Hop {
  const [origin, goal] = [graph.nodes[from], graph.nodes[to]];
  if (origin === undefined || goal === undefined) throw new RangeError('a path leads outside the graph.');
  const grade = graph.grades.get(from * graph.nodes.length + to);
  const minutes = medianMinutes(grade);
  return {
    from: origin.version,
    to: goal.version,
    channel: channelsOf(origin, goal, channels)[0] ?? '',
    payload: goal.payload,
    risks: risksOf(graph, from, to, accept) ?? [],
    tested: grade?.state ?? 'not graded',
    acks: acknowledgements(origin.version, goal.version),
    ...(minutes === undefined ? {} : { minutes }),
  };
}

function medianMinutes(grade: EdgeGrade | undefined): number | undefined {
  const known = (grade?.runs ?? [])
    .flatMap(({ result, minutes }) => (result === 'pass' && minutes !== undefined ? [minutes] : []))
    .sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
}

/** A channel is changed only where it must be: the one that carries furthest is kept. */
function keepChannel(graph: ArchGraph, hops: readonly Hop[], { channels }: PlanRequest): Hop[] {
  const possible = hops.map(({ from, to }) => {
    const [origin, goal] = [from, to].map((version) => graph.nodes[graph.index.get(version) ?? -1]);
    return origin === undefined || goal === undefined ? [] : channelsOf(origin, goal, channels);
  });
  let current: string | undefined;
  return hops.map((hop, at) => {
    const all = possible[at] ?? [];
    const here = all.filter((name) => preference(name) === preference(all[0] ?? ''));
    if (current === undefined || !here.includes(current)) {
      const reach = (name: string): number => {
        const end = possible.findIndex((list, index) => index >= at && !list.includes(name));
        return end === -1 ? hops.length : end;
      };
      current = here.reduce((best, name) => (reach(name) > reach(best) ? name : best), here[0] ?? hop.channel);
    }
    return { ...hop, channel: current };
  });
}

/** The newest release that can be reached, for when the one that is wanted cannot. */
export function newestReachable(compiled: CompiledGraph, request: Omit<PlanRequest, 'to'>): string | undefined {
  const graph = compiled.architectures.get(request.arch);
  const source = graph?.index.get(splitBuild(request.from).core);
  if (graph === undefined || source === undefined) return undefined;
  const step = stepper(graph, { ...request, to: '' }, -1);
  const seen = new Set([source]);
  for (const at of seen)
    for (const to of graph.targets[at] ?? []) if (!seen.has(to) && step(at, to) !== undefined) seen.add(to);
  seen.delete(source);
  return [...seen]
    .flatMap((at) => graph.nodes[at]?.version ?? [])
    .sort(compareReleases)
    .at(-1);
}
