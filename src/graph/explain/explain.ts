import { compareReleases, isSemver, rankVersion } from '../../version/index.ts';
import { gradeRisk } from '../answer/index.ts';
import { ruleOf } from '../compile/index.ts';
import { splitBuild } from '../data/index.ts';
import type { ArchGraph, CompiledGraph, CompiledNode, EdgeFate, EdgeGrade, GraphQuery, Risk } from '../types.ts';
import type { ExplainCode } from './codes.ts';
import { commandFor } from './commands.ts';
import { pendingPromotion, promotionOf, waitingText } from './promotion.ts';

/** A thing that an explanation rests on. */
export interface Evidence {
  readonly text: string;
  readonly url?: string;
  /** A file of graph-data; whoever has its history can say since when and by whom. */
  readonly file?: string;
}

/** Why an update is offered or not. */
export interface EdgeExplanation {
  readonly from: string;
  readonly to: string;
  readonly code: ExplainCode;
  /** One sentence. */
  readonly text: string;
  readonly risks: readonly Risk[];
  /** Files of graph-data, or `version+arch` of the release, that decide it. */
  readonly files: readonly string[];
  readonly evidence: readonly Evidence[];
  /** RFC 3339, where it is known. */
  readonly since?: string;
  /** What to run next. */
  readonly next: string;
  /** A release to go to instead: the barrier to pass, or the nearest version known. */
  readonly via?: string;
}

type Findings = Partial<Omit<EdgeExplanation, 'from' | 'to' | 'next'>> & Pick<EdgeExplanation, 'code' | 'text'>;

/** Explains the update `from` -> `to` as a cluster of this architecture in this channel sees it. */
export function explainEdge(compiled: CompiledGraph, from: string, to: string, query: GraphQuery): EdgeExplanation {
  const found = { risks: [], files: [], evidence: [], ...findings(compiled, from, to, query) };
  return { from, to, ...found, next: commandFor({ from, to, ...found }, query, compiled) };
}

function findings(compiled: CompiledGraph, from: string, to: string, { channel, arch }: GraphQuery): Findings {
  const graph = compiled.architectures.get(arch);
  if (graph === undefined)
    return {
      code: 'ArchMissing',
      text: `No release for ${arch} is known; there are ${[...compiled.architectures.keys()].join(', ') || 'none'}.`,
    };
  const [origin, goal] = [from, to].map((version) => nodeOf(graph, version));
  if (origin === undefined || goal === undefined) return unknown(graph, origin === undefined ? from : to);
  const quarantined = quarantine(compiled, origin, goal);
  if (compareReleases(origin.version, goal.version) >= 0)
    return quarantined ?? { code: 'NotNewer', text: `${goal.version} is not newer than ${origin.version}.` };
  const misplaced = placement(compiled, origin, goal, { channel, arch });
  if (misplaced !== undefined) return misplaced;
  return edgeFindings(compiled, graph, origin, goal, channel);
}

function nodeOf(graph: ArchGraph, version: string): CompiledNode | undefined {
  const at = graph.index.get(splitBuild(version).core);
  return at === undefined ? undefined : graph.nodes[at];
}

function unknown(graph: ArchGraph, version: string): Findings {
  const nearest = nearestVersion(graph, version);
  return {
    code: 'UnknownVersion',
    text: `${version} is not among the releases of ${graph.arch}${nearest === undefined ? '' : `; the nearest is ${nearest}`}.`,
    ...(nearest === undefined ? {} : { via: nearest }),
  };
}

/** The newest known release that is not newer than the version; else the oldest. */
function nearestVersion(graph: ArchGraph, version: string): string | undefined {
  const sorted = graph.nodes.map((node) => node.version).sort(compareReleases);
  if (!isSemver(version)) return undefined;
  return sorted.findLast((one) => compareReleases(one, version) <= 0) ?? sorted[0];
}

/** Whether both ends are in the channel, and what keeps one out of it. */
function placement(
  compiled: CompiledGraph,
  origin: CompiledNode,
  goal: CompiledNode,
  query: GraphQuery,
): Findings | undefined {
  const { channel } = query;
  const where = ({ channels }: CompiledNode): string =>
    channels.length === 0 ? 'in no channel' : `in ${channels.join(', ')}`;
  const kept = promotionOf(compiled.architectures.get(origin.arch), origin.version, channel);
  if (!origin.channels.includes(channel))
    return {
      code: 'SourceNotInChannel',
      text: `${channelGap(compiled, channel)}${origin.version} is not in ${channel}; it is ${where(origin)}.${kept === undefined ? '' : ` ${waitingText(kept)}`}`,
      files: [`${origin.version}+${origin.arch}`],
    };
  if (goal.channels.includes(channel)) return undefined;
  const rule = compiled.rules.get(channel) ?? (compiled.okd === undefined ? undefined : ruleOf(channel, undefined));
  const { kind } = rankVersion(goal.version);
  if (rule !== undefined && rule.kinds !== 'all' && !rule.kinds.includes(kind))
    return {
      code: 'PreReleaseOnly',
      text: `${goal.version} is of kind ${kind}, and ${channel} holds ${rule.kinds.join(', ')} only; it is ${where(goal)}.`,
      evidence: [{ text: `kinds of ${channel}: ${rule.kinds.join(', ')}`, file: 'okd/channels.yaml' }],
    };
  const pending = pendingPromotion(compiled, goal, channel);
  if (pending !== undefined) return pending;
  return {
    code: 'TargetNotInChannel',
    text: `${goal.version} is not in ${channel}; it is ${where(goal)}.`,
    files: [`${goal.version}+${goal.arch}`],
  };
}

/** Says when the channel itself is unknown, as one that is mistyped is. */
function channelGap({ channels, okd }: CompiledGraph, channel: string): string {
  if (channels.includes(channel) || okd?.channels.some(({ name }) => name === channel)) return '';
  return `There is no channel ${channel}. `;
}

function edgeFindings(
  compiled: CompiledGraph,
  graph: ArchGraph,
  origin: CompiledNode,
  goal: CompiledNode,
  channel: string,
): Findings {
  const [from, to] = [graph.index.get(origin.version) ?? -1, graph.index.get(goal.version) ?? -1];
  if (!graph.targets[from]?.includes(to)) return undeclared(compiled, origin, goal);
  const key = from * graph.nodes.length + to;
  const fate = graph.fates.get(key);
  if (fate !== undefined && fate.kind !== 'conditional') return takenAway(fate, origin, goal);
  const grade = graph.grades.get(key);
  return offered(compiled, { fate, grade, risk: gradeRisk(grade, compiled.rules.get(channel)) }, origin, goal);
}

/** An edge that was left out because it closes a cycle. */
function quarantine({ problems }: CompiledGraph, origin: CompiledNode, goal: CompiledNode): Findings | undefined {
  const file = `${goal.version}+${goal.arch}`;
  const problem = problems.find(
    (one) =>
      one.severity === 'error' &&
      one.file === file &&
      one.field === 'previous' &&
      (origin === goal || one.message.includes(` ${origin.version} `)),
  );
  if (problem === undefined) return undefined;
  const text = `${goal.version}: ${problem.message}`;
  return { code: 'Quarantined', text, files: [file], evidence: [{ text: file }] };
}

function undeclared(compiled: CompiledGraph, origin: CompiledNode, goal: CompiledNode): Findings {
  const quarantined = quarantine(compiled, origin, goal);
  if (quarantined !== undefined) return quarantined;
  const file = `${goal.version}+${goal.arch}`;
  const { created, previous } = goal.release;
  return {
    code: 'NotDeclared',
    text: `${goal.version} does not name ${origin.version} among the releases it can be reached from.`,
    files: [file],
    evidence: [{ text: `${goal.version} names ${previous.length === 0 ? 'none' : previous.join(', ')}` }],
    ...(created === undefined ? {} : { since: created }),
  };
}

type TakenAway = Exclude<EdgeFate, { kind: 'conditional' }>;

function takenAway(fate: TakenAway, origin: CompiledNode, goal: CompiledNode): Findings {
  switch (fate.kind) {
    case 'blocked':
      return {
        code: 'SilentlyBlocked',
        text: `${fate.files.join(', ')} takes this update away.`,
        files: fate.files,
        evidence: fate.files.map((file) => ({ text: file, file })),
      };
    case 'removed':
      return {
        code: 'RemovedByLabel',
        text: `The label ${fate.label} of ${fate.of} takes this update away.`,
        files: [`${fate.of}+${goal.arch}`],
      };
    case 'barrier': {
      const { version, reason, url } = fate.barrier;
      return {
        code: 'Barrier',
        text: `${version} has to be passed first: ${reason}.`,
        via: version,
        files: ['okd/barriers.yaml'],
        evidence: [{ text: reason, file: 'okd/barriers.yaml', ...(url === undefined ? {} : { url }) }],
      };
    }
    case 'deadend': {
      const { version, reason, exit, url } = fate.deadend;
      return {
        code: 'DeadEnd',
        text: `${version} is a dead end: ${reason}. Way out: ${exit}.`,
        files: ['okd/deadends.yaml'],
        evidence: [{ text: exit, file: 'okd/deadends.yaml', ...(url === undefined ? {} : { url }) }],
      };
    }
    case 'withheld': {
      const { created, signed, audit, payload } = goal.release;
      const facts = {
        PayloadUnsigned: `${goal.version} is signed by ${(signed ?? []).length === 0 ? 'nobody' : (signed ?? []).join(', ')}`,
        ContentAuditFailed: `the content audit of ${goal.version} says ${audit ?? 'nothing'}`,
        PayloadGone: `${payload} is gone, and no mirror of it is known`,
      } as const;
      return {
        code: fate.code,
        text: `${facts[fate.code]}; so ${origin.version} is not led there.`,
        files: [`${goal.version}+${goal.arch}`],
        evidence: [{ text: facts[fate.code] }],
        ...(created === undefined ? {} : { since: created }),
      };
    }
  }
}

interface Offer {
  readonly fate: Extract<EdgeFate, { kind: 'conditional' }> | undefined;
  readonly grade: EdgeGrade | undefined;
  /** Of the grade, where it counts in this channel. */
  readonly risk: Risk | undefined;
}

const GRADE_CODE = { untested: 'NotTested', failing: 'TestFailing', flaky: 'TestFlaky' } as const;

function offered(
  compiled: CompiledGraph,
  { fate, grade, risk }: Offer,
  origin: CompiledNode,
  goal: CompiledNode,
): Findings {
  const risks = [...(fate?.risks ?? []), ...(risk === undefined ? [] : [risk])];
  const runs = (grade?.runs ?? []).map(({ result, job, url, time }) => ({ text: `${result}: ${job}, ${time}`, url }));
  const { override } = goal.release;
  const accepted =
    override === undefined ? [] : [{ text: `accepted by override by ${override.by}: ${override.reason}` }];
  const evidence = [...risksEvidence(fate), ...accepted, ...runs];
  if (risks.length === 0)
    return {
      code: 'Recommended',
      text: `${origin.version} can be updated to ${goal.version}.`,
      evidence,
      ...sinceOf(grade?.runs.findLast(({ result }) => result === 'pass')?.time ?? goal.release.created),
    };
  const code = codeOf(fate, grade, risk, goal);
  const names = risks.map(({ name }) => name).join(', ');
  const text =
    code === 'Conditional'
      ? `Offered to clusters that are not exposed to ${names}.`
      : risks.map(({ message }) => message).join(' ');
  const opened = compiled.okd?.risks.find((one) => risks.some(({ name }) => name === one.risk.name))?.opened;
  return {
    code,
    text,
    risks,
    files: fate?.files ?? [],
    evidence,
    ...sinceOf(risk === undefined ? opened : (firstBad(grade) ?? goal.release.created)),
  };
}

function codeOf(
  fate: Offer['fate'],
  grade: EdgeGrade | undefined,
  risk: Risk | undefined,
  { release, version, arch }: CompiledNode,
): ExplainCode {
  if (fate?.risks.some(({ name }) => name === 'GraphDataError')) return 'GraphDataError';
  // a known risk says more than a missing test, a failing test more than a risk that may not apply
  const isTested = risk === undefined || grade === undefined || grade.state === 'tested';
  if (!isTested && grade.state !== 'untested') return GRADE_CODE[grade.state];
  if (fate === undefined) return isTested ? 'Conditional' : 'NotTested';
  const isOverridden = release.override !== undefined && fate.files.includes(`${version}+${arch}`);
  return isOverridden && fate.risks.length === 1 ? 'AuditOverridden' : 'Conditional';
}

/** When the failures that count began: the oldest of the newest unbroken row. */
function firstBad(grade: EdgeGrade | undefined): string | undefined {
  const runs = grade?.runs ?? [];
  const lastPass = runs.findIndex(({ result }) => result === 'pass');
  return (lastPass === -1 ? runs : runs.slice(0, Math.max(1, lastPass))).at(-1)?.time;
}

function sinceOf(time: string | undefined): { since?: string } {
  return time === undefined ? {} : { since: time };
}

function risksEvidence(fate: Offer['fate']): Evidence[] {
  if (fate === undefined) return [];
  return [
    ...fate.risks.map(({ name, message, url }) => ({ text: `${name}: ${message}`, url })),
    ...new Set(fate.files),
  ].map((one) => (typeof one === 'string' ? { text: one, file: one } : one));
}

/**
 * Every release that is newer than `from`, with its code: the answer to "why am I offered nothing". Newest first.
 */
export function explainFrom(compiled: CompiledGraph, from: string, query: GraphQuery): EdgeExplanation[] {
  const graph = compiled.architectures.get(query.arch);
  const origin = graph === undefined ? undefined : nodeOf(graph, from);
  if (graph === undefined || origin === undefined) return [explainEdge(compiled, from, from, query)];
  return graph.nodes
    .map((node) => node.version)
    .filter((version) => compareReleases(version, origin.version) > 0)
    .sort((a, b) => compareReleases(b, a))
    .map((version) => explainEdge(compiled, origin.version, version, query));
}
