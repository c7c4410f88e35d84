import { Type } from 'typebox';
import { stringify } from 'yaml';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver } from '../../version/index.ts';
import { exactly } from '../compile/index.ts';
import { MatchingRules } from '../data/index.ts';
import type { GraphRelease } from '../types.ts';
import type { Imported, ImportOptions } from './types.ts';

const parseAnswer = parserOf(
  Type.Object({
    nodes: Type.Array(
      Type.Object({
        version: Type.String(),
        payload: Type.String(),
        metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
      }),
    ),
    edges: Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })])),
    conditionalEdges: Type.Optional(
      Type.Array(
        Type.Object({
          edges: Type.Array(Type.Object({ from: Type.String(), to: Type.String() })),
          risks: Type.Array(
            Type.Object({
              url: Type.String(),
              name: Type.String(),
              message: Type.String(),
              matchingRules: MatchingRules,
            }),
          ),
        }),
      ),
    ),
  }),
  'GRAPH_IMPORT_INVALID',
);

/**
 * An answer of a Cincinnati service: its releases with their channels, its edges as `previous`, and its conditional
 * edges as blocked-edges files that name exactly the sources. Compiled again, they give the same answer.
 */
export function importCincinnati(value: unknown, options: ImportOptions): Imported {
  const { nodes, edges, conditionalEdges = [] } = parseAnswer(value, { file: options.source });
  const previous = new Map<string, Set<string>>();
  const link = (from: string, to: string): void => {
    const list = previous.get(to) ?? new Set();
    previous.set(to, list);
    list.add(from);
  };
  for (const [at, [from, to]] of edges.entries()) {
    const [source, target] = [nodes[from]?.version, nodes[to]?.version];
    if (source === undefined || target === undefined)
      throw new SlipwayError('GRAPH_IMPORT_INVALID', `the edge [${from}, ${to}] leads outside the list of nodes.`, {
        place: { file: options.source, field: `edges.${at}` },
      });
    link(source, target);
  }
  const risks = new Map<string, { readonly text: (from: string) => string; readonly from: Set<string> }>();
  for (const { edges: list, risks: group } of conditionalEdges) {
    for (const { from, to } of list) {
      link(from, to);
      for (const { name, url, message, matchingRules } of group) {
        const file = `blocked-edges/${to}-${name}.yaml`;
        const entry = risks.get(file) ?? {
          text: (pattern: string) =>
            stringify({ to, from: pattern, url, name, message, matchingRules }, { lineWidth: 0 }),
          from: new Set<string>(),
        };
        risks.set(file, entry);
        entry.from.add(from);
      }
    }
  }
  const releases = nodes.flatMap(({ version, payload, metadata = {} }): GraphRelease[] =>
    isSemver(version)
      ? [
          {
            version,
            arch: options.arch,
            payload,
            previous: [...(previous.get(version) ?? [])].sort(),
            next: [],
            metadata,
          },
        ]
      : [],
  );
  return {
    releases,
    evidence: [],
    graphData: new Map(
      [...risks]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([file, { text, from }]) => [file, text(exactly([...from].sort()))]),
    ),
    notes: nodes.flatMap(({ version }) => (isSemver(version) ? [] : [`${version} is not a semantic version.`])),
  };
}
