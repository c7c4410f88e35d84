import { canonicalJson } from '../../util/index.ts';
import { compareSemver, isSemver, parseSemver, rankVersion } from '../../version/index.ts';
import { items, joinedLabels, LABEL, splitBuild } from '../data/index.ts';
import { gradeEdge, notTestedRisk } from '../evidence/index.ts';
import type { OkdData } from '../okd.ts';
import { compileRegex, type Matcher } from '../regex/index.ts';
import type {
  ArchGraph,
  ChannelRule,
  CompiledGraph,
  CompiledNode,
  EdgeFate,
  EdgeGrade,
  EvidenceRecord,
  GraphData,
  GraphProblem,
  GraphRelease,
} from '../types.ts';
import { type BlocksByTarget, blocksOf, removeExpression } from './blocks.ts';
import { ruleOf } from './channels.ts';
import type { Context, Member, Report } from './context.ts';
import { cycleClosingEdges } from './cycles.ts';
import { edgeFates } from './fates.ts';
import { membership } from './membership.ts';
import { applyRules, placedPayload, riskEdges, sourceEdges } from './rules.ts';

export interface CompileOptions {
  /** Test runs; they grade updates where graph-data has a directory `okd/`, and never make one. */
  readonly evidence?: readonly EvidenceRecord[];
  /** The time to judge gates of channels by; left out, that of the newest thing the inputs know. */
  readonly at?: Date | undefined;
}

/**
 * Joins releases and graph-data to the graph of every architecture (update-graph § 2.4, the declarative definition):
 * an edge exists when an image, a label or a rule of `okd/sources.yaml` declares it and both ends are known; a risk
 * makes a declared edge conditional, a silent block or a `remove` label takes it away. Where graph-data has `okd/`,
 * its rules and the test evidence are laid over that (§ 8.3). Pure and deterministic: the same inputs in any order give
 * the same graph.
 *
 * What cannot be right is left out and reported, and the rest is published (§ 2.6): an edge that closes a cycle, a
 * second payload for a version, an unknown reference, a candidate in a stable channel. Throws `GRAPH_REGEX` for an
 * image's own expression that does not compile.
 */
export function compileGraph(
  data: GraphData,
  releases: readonly GraphRelease[],
  options: CompileOptions = {},
): CompiledGraph {
  const problems = new Map<string, GraphProblem>();
  const report: Report = (problem) => {
    problems.set(canonicalJson(problem), problem);
  };
  for (const problem of data.problems) report(problem);
  const matchers = new Map<string, Matcher>();
  const regex = (source: string): Matcher => {
    const matcher = matchers.get(source) ?? compileRegex(source);
    matchers.set(source, matcher);
    return matcher;
  };
  const rules = data.okd === undefined ? new Map<string, ChannelRule>() : rulesOf(data, data.okd, releases);
  const evidence = options.evidence ?? [];
  const at = options.at?.getTime() ?? newestTime(data, releases, evidence);
  const context: Context = { data, rules, evidence, at, regex, report };
  const byArch = Map.groupBy(admit(releases, report), (release) => release.arch);
  const architectures = new Map(
    [...byArch]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([arch, members]) => [arch, compileArch(arch, members, context)] as const),
  );
  const carried = [...architectures.values()].flatMap((graph) => graph.nodes.flatMap((node) => node.channels));
  return {
    architectures,
    channels: [...new Set([...data.channels.map((channel) => channel.name), ...carried])].sort(),
    rules,
    ...changesAt(context, architectures),
    ...(data.okd === undefined ? {} : { okd: data.okd }),
    problems: [...problems].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, problem]) => problem),
  };
}

/** The rule of every channel that a file, a policy or a release names. */
function rulesOf(data: GraphData, okd: OkdData, releases: readonly GraphRelease[]): ReadonlyMap<string, ChannelRule> {
  const policies = new Map(okd.channels.map((policy) => [policy.name, policy]));
  const names = new Set([
    ...data.channels.map((channel) => channel.name),
    ...releases.flatMap((release) => items(release.metadata[LABEL.channels])),
    ...policies.keys(),
  ]);
  return new Map([...names].sort().map((name) => [name, ruleOf(name, policies.get(name))]));
}

/** Releases that can be nodes: strict SemVer, one payload for each version and architecture. */
function admit(releases: readonly GraphRelease[], report: Report): GraphRelease[] {
  const known = new Map<string, GraphRelease>();
  for (const release of releases) {
    const file = `${release.version}+${release.arch}`;
    if (!isSemver(release.version) || release.version.includes('+')) {
      // one such node and a cluster refuses the whole answer (§ 6.1)
      report({ severity: 'error', file, message: `"${release.version}" is not a semantic version without build.` });
      continue;
    }
    const twin = known.get(file);
    if (twin === undefined) {
      known.set(file, release);
      continue;
    }
    const [first, second] = [twin, release].sort(bySeniority) as [GraphRelease, GraphRelease];
    known.set(file, first);
    if (first.payload !== second.payload)
      report({
        severity: 'error',
        file,
        message: `a second payload, ${second.payload}, claims this version; ${first.payload} stays.`,
      });
  }
  return [...known.values()];
}

/** The release that was there first; without times the order of the input must not decide. */
function bySeniority(a: GraphRelease, b: GraphRelease): number {
  const key = (release: GraphRelease): string =>
    `${release.created ?? '9'} ${release.payload} ${canonicalJson(release)}`;
  return key(a) < key(b) ? -1 : 1;
}

function compileArch(arch: string, releases: readonly GraphRelease[], context: Context): ArchGraph {
  const { data, regex, report } = context;
  const { okd } = data;
  const members = releases
    .map((release) => ({ release, semver: parseSemver(release.version), labels: joinedLabels(release, data.raw) }))
    .sort((a, b) => compareSemver(a.semver, b.semver));
  const versions = members.map(({ release }) => release.version);
  const index = new Map(versions.map((version, position) => [version, position]));
  const ranks = okd === undefined ? [] : versions.map(rankVersion);
  const declared = okd === undefined ? [] : sourceEdges(okd, ranks);
  const targets = declaredEdges(members, index, arch, declared, report);
  const parents = targets.map((): number[] => []);
  targets.forEach((list, from) => {
    for (const to of list) parents[to]?.push(from);
  });
  const generated = okd === undefined ? [] : riskEdges(okd, ranks);
  const blocks = blocksOf(generated.length === 0 ? data.blocked : [...data.blocked, ...generated], arch);
  const fates = edgeFates(
    { arch, versions, labels: members.map((member) => member.labels), index, targets, parents },
    { blocks, problems: data.problems, regex },
  );
  const placed = members.map(({ release }) => placedPayload(release, okd));
  if (okd !== undefined)
    applyRules(
      okd,
      { ranks, releases: members.map(({ release }) => release), gone: placed.map(({ gone }) => gone), targets },
      fates,
    );
  const grades = gradesOf(versions, targets, fates, arch, context);
  const { channels, promotions } = membership(members, { arch, index, targets, fates }, context);
  return {
    arch,
    nodes: members.map((member, at) => nodeOf(member, arch, placed[at]?.payload, channels[at] ?? [], blocks)),
    index,
    targets,
    fates,
    grades,
    promotions,
  };
}

/** The next moment at which time alone may let a release through a gate: what is waited for, or dated ahead. */
function changesAt(
  { data, evidence, at }: Context,
  architectures: ReadonlyMap<string, ArchGraph>,
): Pick<CompiledGraph, 'changesAt'> {
  if (data.okd?.channels.every(({ feeder }) => feeder === undefined) !== false) return {};
  const open = [...architectures.values()]
    .flatMap(({ promotions }) => promotions)
    .flatMap(({ entered, due }) => (entered === undefined ? (due ?? []) : []));
  const dated = [...evidence, ...data.okd.approvals].map(({ time }) => time);
  const next = [...open, ...dated].map((text) => Date.parse(text)).filter((time) => time > at);
  return next.length === 0 ? {} : { changesAt: next.reduce((a, b) => Math.min(a, b)) };
}

/** Milliseconds; so that without a clock the same inputs give the same graph. */
function newestTime(data: GraphData, releases: readonly GraphRelease[], evidence: readonly EvidenceRecord[]): number {
  const texts = [...evidence, ...(data.okd?.approvals ?? [])].map(({ time }) => time);
  const created = releases.flatMap((release) => release.created ?? []);
  return [...texts, ...created].reduce((newest, text) => Math.max(newest, Date.parse(text)), 0);
}

function nodeOf(
  { release, labels }: Member,
  arch: string,
  payload: string | undefined,
  channels: readonly string[],
  blocks: BlocksByTarget,
): CompiledNode {
  const expression = removeExpression(labels, blocks.get(release.version) ?? []);
  const { [LABEL.arch]: _arch, [LABEL.channels]: _channels, ...others } = labels;
  const metadata = {
    ...others,
    ...(expression === undefined ? {} : { [LABEL.previousRemoveRegex]: expression }),
    ...(channels.length === 0 ? {} : { [LABEL.channels]: channels.join(',') }),
  };
  return {
    version: release.version,
    arch,
    payload: payload ?? release.payload,
    channels,
    metadata: Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    release,
  };
}

/** Grades every edge that is offered to somebody; nothing without `okd/`, which is what asks for grading. */
function gradesOf(
  versions: readonly string[],
  targets: readonly (readonly number[])[],
  fates: ReadonlyMap<number, EdgeFate>,
  arch: string,
  { data, evidence }: Context,
): ReadonlyMap<number, EdgeGrade> {
  const grades = new Map<number, EdgeGrade>();
  if (data.okd === undefined) return grades;
  const policy = data.okd.evidence;
  const untested: EdgeGrade = { state: 'untested', passes: 0, fails: 0, runs: [], risk: notTestedRisk(policy) };
  const byEdge = Map.groupBy(
    evidence.filter((record) => record.arch === arch),
    ({ from, to }) => `${from} ${to}`,
  );
  targets.forEach((list, from) => {
    for (const to of list) {
      const key = from * versions.length + to;
      const fate = fates.get(key);
      if (fate !== undefined && fate.kind !== 'conditional') continue;
      const [source = '', target = ''] = [versions[from], versions[to]];
      grades.set(key, gradeEdge(source, target, byEdge.get(`${source} ${target}`) ?? [], policy, untested));
    }
  });
  return grades;
}

/** The declared edges: from `previous`, `next`, the `add` labels and `okd/sources.yaml`, both ends known, no cycle. */
function declaredEdges(
  members: readonly Member[],
  index: ReadonlyMap<string, number>,
  arch: string,
  declared: readonly (readonly [from: number, to: number])[],
  report: Report,
): number[][] {
  const edges = members.map(() => new Set<number>());
  for (const [from, to] of declared) edges[from]?.add(to);
  members.forEach(({ release, labels }, self) => {
    const declare = (names: readonly string[], field: string, link: (other: number) => [number, number]): void => {
      for (const name of new Set(names)) {
        const { core, build } = splitBuild(name);
        const other = build === '' || build === arch ? index.get(core) : undefined;
        if (other === undefined) {
          const message = `"${name}" is not among the releases of ${arch}.`;
          report({ severity: 'note', file: `${release.version}+${arch}`, field, message });
          continue;
        }
        const [from, to] = link(other);
        edges[from]?.add(to);
      }
    };
    declare(release.previous, 'previous', (other) => [other, self]);
    declare(items(labels[LABEL.previousAdd]), LABEL.previousAdd, (other) => [other, self]);
    declare(release.next, 'next', (other) => [self, other]);
    declare(items(labels[LABEL.nextAdd]), LABEL.nextAdd, (other) => [self, other]);
  });
  const versions = members.map(({ release }) => release.version);
  for (const [from, to] of cycleClosingEdges(versions, edges)) {
    edges[from]?.delete(to);
    report({
      severity: 'error',
      file: `${versions[to]}+${arch}`,
      field: 'previous',
      message:
        from === to
          ? 'the release names itself as an update; this edge is left out.'
          : `the update from ${versions[from]} closes a cycle; this edge is left out.`,
    });
  }
  return edges.map((set) => [...set].sort((a, b) => a - b));
}
