import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '../../util/index.ts';
import { parseGraphData } from '../data/parse.ts';
import type { GraphAnswer, GraphData, GraphRelease } from '../types.ts';

/** Folder of the graph vectors in `../shared` beside the clone, or undefined where it is not there. For tests only. */
export function graphVectors(): string | undefined {
  const folder = fileURLToPath(new URL('../../../../shared/vectors/graph/', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

export const NO_VECTORS = '../shared is not here';

/** A release with defaults that tests do not care about. */
export function release(
  version: string,
  previous: readonly string[] = [],
  more: Partial<GraphRelease> = {},
): GraphRelease {
  const arch = more.arch ?? 'amd64';
  return { version, arch, payload: `r@${version}+${arch}`, previous, next: [], metadata: {}, ...more };
}

/** Graph-data of one channel and some blocked edges (file name -> text). */
export function graphData(
  versions: readonly string[],
  blocked: Readonly<Record<string, string>> = {},
  options: { strict?: boolean; raw?: object; channel?: string } = {},
): GraphData {
  const files = new Map([
    ['version', '1.1.0\n'],
    ['channels/c.yaml', JSON.stringify({ name: options.channel ?? 'stable-4', versions })],
    ['raw/metadata.json', JSON.stringify(options.raw ?? {})],
  ]);
  for (const [file, text] of Object.entries(blocked)) files.set(`blocked-edges/${file}`, text);
  return parseGraphData(files, { strict: options.strict ?? true });
}

/** A risk file. */
export function riskFile(to: string, from: string, name = 'RiskA'): string {
  return JSON.stringify({ to, from, name, url: 'https://x', message: 'm', matchingRules: [{ type: 'Always' }] });
}

/** An answer in a form that does not depend on order: `a -> b` and `a -> b: RiskA,RiskB`. */
export function summary(answer: GraphAnswer): { nodes: string[]; edges: string[]; conditional: string[] } {
  const name = (index: number): string => answer.nodes[index]?.version ?? `#${index}`;
  return {
    nodes: answer.nodes.map((node) => node.version).sort(),
    edges: answer.edges.map(([from, to]) => `${name(from)} -> ${name(to)}`).sort(),
    conditional: answer.conditionalEdges
      .flatMap(({ edges, risks }) =>
        edges.map(
          ({ from, to }) =>
            `${from} -> ${to}: ${risks
              .map((risk) => risk.name)
              .sort()
              .join()}`,
        ),
      )
      .sort(),
  };
}

/** A digest that belongs to a text. */
export function sha(text: string): string {
  return `sha256:${sha256Hex(text)}`;
}
