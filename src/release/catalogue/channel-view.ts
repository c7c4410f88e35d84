import type { ReleaseRecord } from '../../db/index.ts';
import { answerGraph, type CompiledGraph } from '../../graph/index.ts';
import { findRelease } from './comparisons.ts';
import { isSigned } from './summary.ts';

/** One channel: the graph's answer, with what people want to know of each release in it. */
export function channelView(
  name: string,
  compiled: CompiledGraph,
  architecture: string,
  stored: readonly ReleaseRecord[],
  signers: ReadonlyMap<string, readonly string[]>,
) {
  const answer = answerGraph(compiled, { channel: name, arch: architecture });
  const versions = answer.nodes.map((node) => node.version);
  return {
    name,
    architectures: [architecture],
    nodes: answer.nodes.map(({ version, payload }) => {
      const release = findRelease(stored, version);
      return {
        version,
        payload,
        digest: payload.split('@')[1] ?? '',
        phase: release.phase,
        signed: isSigned(release, signers),
      };
    }),
    edges: [
      ...answer.edges.map(([from, to]) => ({
        from: versions[from] ?? '',
        to: versions[to] ?? '',
        conditional: false,
        risks: [],
      })),
      ...answer.conditionalEdges.flatMap(({ edges, risks }) =>
        edges.map((edge) => ({
          ...edge,
          conditional: true,
          risks: risks.map((risk) => ({ name: risk.name, message: risk.message, url: risk.url })),
        })),
      ),
    ],
  };
}
