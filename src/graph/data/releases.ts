import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import type { GraphRelease } from '../types.ts';
import { splitBuild } from './version-text.ts';

const Strings = Type.Array(Type.String());
const Labels = Type.Record(Type.String(), Type.String());

const parseList = parserOf(
  Type.Array(
    Type.Object({
      version: Type.String({ minLength: 1 }),
      arch: Type.String({ pattern: '^[0-9a-z]+$' }),
      payload: Type.String({ minLength: 1 }),
      previous: Type.Optional(Strings),
      next: Type.Optional(Strings),
      metadata: Type.Optional(Labels),
    }),
  ),
  'GRAPH_RELEASES_INVALID',
);

const parseRawGraph = parserOf(
  Type.Object({
    nodes: Type.Array(
      Type.Object({
        version: Type.String({ minLength: 1 }),
        payload: Type.Optional(Type.String()),
        metadata: Type.Optional(Labels),
      }),
    ),
    edges: Type.Array(Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })])),
  }),
  'GRAPH_RELEASES_INVALID',
);

const ARCH_LABEL = 'io.openshift.upgrades.graph.release.arch';

/**
 * Parses a releases file: a JSON list of releases (version, arch, payload, previous, next, metadata), or the unfiltered
 * graph of a Cincinnati graph-builder (nodes named `version+arch`, abstract ones without payload). Throws
 * `GRAPH_RELEASES_INVALID` naming the field.
 */
export function parseReleases(text: string, file = 'releases'): GraphRelease[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SlipwayError('GRAPH_RELEASES_INVALID', 'the releases file is not JSON.', { place: { file }, cause });
  }
  if (!Array.isArray(value)) return fromRawGraph(value, file);
  return parseList(value, { file }).map((release) => {
    const { core, build } = splitBuild(release.version);
    return {
      version: build === release.arch ? core : release.version,
      arch: release.arch,
      payload: release.payload,
      previous: release.previous ?? [],
      next: release.next ?? [],
      metadata: release.metadata ?? {},
    };
  });
}

function fromRawGraph(value: unknown, file: string): GraphRelease[] {
  const { nodes, edges } = parseRawGraph(value, { file });
  const parents = nodes.map((): string[] => []);
  edges.forEach(([from, to], index) => {
    const source = nodes[from];
    const targets = parents[to];
    if (source === undefined || targets === undefined)
      throw new SlipwayError('GRAPH_RELEASES_INVALID', `the edge [${from}, ${to}] leads outside the list of nodes.`, {
        place: { file, field: `edges.${index}` },
      });
    targets.push(splitBuild(source.version).core);
  });
  return nodes.flatMap(({ version, payload, metadata = {} }, index): GraphRelease[] => {
    if (payload === undefined) return []; // abstract: only named by another release
    const { core, build } = splitBuild(version);
    const { [ARCH_LABEL]: label, ...labels } = metadata;
    return [
      {
        version: core,
        arch: build === '' ? (label ?? 'amd64') : build,
        payload,
        previous: parents[index] ?? [],
        next: [],
        metadata: labels,
      },
    ];
  });
}
