import { answerGraph } from '../answer/index.ts';
import type { CompiledGraph, GraphQuery } from '../types.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  /** Names of risks; none for a plain recommendation. */
  readonly risks: readonly string[];
}

function edgesOf(compiled: CompiledGraph, query: GraphQuery): { versions: readonly string[]; edges: readonly Edge[] } {
  const { nodes, edges, conditionalEdges } = answerGraph(compiled, query);
  const version = (at: number): string => nodes[at]?.version ?? '';
  return {
    versions: nodes.map((node) => node.version),
    edges: [
      ...edges.map(([from, to]) => ({ from: version(from), to: version(to), risks: [] })),
      ...conditionalEdges.flatMap(({ edges: list, risks }) =>
        list.map((edge) => ({ ...edge, risks: risks.map(({ name }) => name) })),
      ),
    ],
  };
}

/** The answer of a channel for Graphviz; conditional edges are dashed and carry the names of their risks. */
export function channelDot(compiled: CompiledGraph, query: GraphQuery): string {
  const { versions, edges } = edgesOf(compiled, query);
  return [
    `digraph ${JSON.stringify(`${query.channel} ${query.arch}`)} {`,
    '  rankdir=LR;',
    '  node [shape=box, style=rounded];',
    ...versions.map((version) => `  ${JSON.stringify(version)};`),
    ...edges.map(({ from, to, risks }) => {
      const style =
        risks.length === 0
          ? ''
          : ` [style=dashed, label=${JSON.stringify(risks.join('\\n')).replaceAll('\\\\n', '\\n')}]`;
      return `  ${JSON.stringify(from)} -> ${JSON.stringify(to)}${style};`;
    }),
    '}',
    '',
  ].join('\n');
}

/** The answer of a channel as a Mermaid flow chart. */
export function channelMermaid(compiled: CompiledGraph, query: GraphQuery): string {
  const { versions, edges } = edgesOf(compiled, query);
  const id = new Map(versions.map((version, at) => [version, `r${at}`]));
  return [
    'flowchart LR',
    ...versions.map((version) => `  ${id.get(version)}["${version}"]`),
    ...edges.map(({ from, to, risks }) =>
      risks.length === 0
        ? `  ${id.get(from)} --> ${id.get(to)}`
        : `  ${id.get(from)} -. "${risks.join(', ')}" .-> ${id.get(to)}`,
    ),
    '',
  ].join('\n');
}
