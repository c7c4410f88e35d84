import type {
  ArchGraph,
  ChannelRule,
  CompiledGraph,
  ConditionalEdges,
  EdgeGrade,
  GraphAnswer,
  GraphQuery,
  Risk,
} from '../types.ts';

/**
 * The answer for one channel and architecture. An unknown channel or architecture has an empty answer, as the protocol
 * wants (update-graph § 1.2). Deterministic: nodes by SemVer precedence, edges by index, risks by name, groups of
 * conditional edges by their first edge.
 */
export function answerGraph(compiled: CompiledGraph, { channel, arch }: GraphQuery): GraphAnswer {
  const graph = compiled.architectures.get(arch);
  return graph === undefined
    ? { conditionalEdges: [], edges: [], nodes: [], version: 1 }
    : answerArch(graph, channel, compiled.rules.get(channel));
}

function answerArch(graph: ArchGraph, channel: string, rule: ChannelRule | undefined): GraphAnswer {
  const members = graph.nodes.flatMap((node, position) => (node.channels.includes(channel) ? [position] : []));
  const renumbered = new Int32Array(graph.nodes.length).fill(-1);
  members.forEach((position, number) => {
    renumbered[position] = number;
  });
  const edges: [number, number][] = [];
  const groups = new Map<readonly Risk[], { from: string; to: string }[]>();
  const withGrades = riskLists();
  members.forEach((from, number) => {
    for (const to of graph.targets[from] ?? []) {
      const target = renumbered[to] ?? -1;
      if (target === -1) continue;
      const key = from * graph.nodes.length + to;
      const fate = graph.fates.get(key);
      if (fate !== undefined && fate.kind !== 'conditional') continue;
      const risks = withGrades(fate?.risks, gradeRisk(graph.grades.get(key), rule));
      if (risks === undefined) {
        edges.push([number, target]);
        continue;
      }
      const group = groups.get(risks) ?? [];
      groups.set(risks, group);
      group.push({ from: graph.nodes[from]?.version ?? '', to: graph.nodes[to]?.version ?? '' });
    }
  });
  // keys in their order, so that the bytes are canonical JSON without a sort of the whole
  return {
    conditionalEdges: [...groups].map(
      ([risks, list]): ConditionalEdges => ({ edges: list, risks: risks.map(inOrder) }),
    ),
    edges,
    nodes: members.flatMap((position) => {
      const node = graph.nodes[position];
      return node === undefined ? [] : [{ metadata: node.metadata, payload: node.payload, version: node.version }];
    }),
    version: 1,
  };
}

const ordered = new WeakMap<Risk, Risk>();

/** A risk with its keys in their order. */
function inOrder(risk: Risk): Risk {
  const known = ordered.get(risk);
  if (known !== undefined) return known;
  const result: Risk = {
    matchingRules: risk.matchingRules.map((rule) =>
      rule.type === 'PromQL' ? { promql: { promql: rule.promql.promql }, type: rule.type } : { type: rule.type },
    ),
    message: risk.message,
    name: risk.name,
    url: risk.url,
  };
  ordered.set(risk, result);
  return result;
}

/** What tests say against an update in a channel; in some channels untested updates are plain recommendations. */
export function gradeRisk(grade: EdgeGrade | undefined, rule: ChannelRule | undefined): Risk | undefined {
  return grade?.state === 'untested' && rule?.untested === 'recommended' ? undefined : grade?.risk;
}

/** Joins the risks of graph-data with that of a grade; equal inputs give one list, so that edges share a group. */
function riskLists(): (risks: readonly Risk[] | undefined, more: Risk | undefined) => readonly Risk[] | undefined {
  const joined = new Map<readonly Risk[] | undefined, Map<Risk, readonly Risk[]>>();
  return (risks, more) => {
    if (more === undefined) return risks;
    const known = joined.get(risks) ?? new Map<Risk, readonly Risk[]>();
    joined.set(risks, known);
    const list = known.get(more) ?? [...(risks ?? []), more].sort((a, b) => (a.name < b.name ? -1 : 1));
    known.set(more, list);
    return list;
  };
}
