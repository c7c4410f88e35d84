import type { ArchGraph, CompiledGraph, ConditionalEdges, GraphAnswer, GraphQuery, Risk } from '../types.ts';

/**
 * The answer for one channel and architecture. An unknown channel or architecture has an empty answer, as the protocol
 * wants (update-graph § 1.2). Deterministic: nodes by SemVer precedence, edges by index, risks by name, groups of
 * conditional edges by their first edge.
 */
export function answerGraph(compiled: CompiledGraph, { channel, arch }: GraphQuery): GraphAnswer {
  const graph = compiled.architectures.get(arch);
  return graph === undefined ? { version: 1, nodes: [], edges: [], conditionalEdges: [] } : answerArch(graph, channel);
}

function answerArch(graph: ArchGraph, channel: string): GraphAnswer {
  const members = graph.nodes.flatMap((node, position) => (node.channels.includes(channel) ? [position] : []));
  const renumbered = new Int32Array(graph.nodes.length).fill(-1);
  members.forEach((position, number) => {
    renumbered[position] = number;
  });
  const edges: [number, number][] = [];
  const groups = new Map<readonly Risk[], { from: string; to: string }[]>();
  members.forEach((from, number) => {
    for (const to of graph.targets[from] ?? []) {
      const target = renumbered[to] ?? -1;
      if (target === -1) continue;
      const fate = graph.fates.get(from * graph.nodes.length + to);
      if (fate === undefined) edges.push([number, target]);
      else if (fate.kind === 'conditional') {
        const group = groups.get(fate.risks) ?? [];
        groups.set(fate.risks, group);
        group.push({ from: graph.nodes[from]?.version ?? '', to: graph.nodes[to]?.version ?? '' });
      }
    }
  });
  return {
    version: 1,
    nodes: members.flatMap((position) => {
      const node = graph.nodes[position];
      return node === undefined ? [] : [{ version: node.version, payload: node.payload, metadata: node.metadata }];
    }),
    edges,
    conditionalEdges: [...groups].map(([risks, list]): ConditionalEdges => ({ edges: list, risks })),
  };
}
