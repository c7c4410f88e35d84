import { Type } from 'typebox';
import { parserOf, readJson, SlipwayError } from '../../util/index.ts';
import type { GraphRelease } from '../types.ts';
import { jsonLines } from './json-lines.ts';
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
      /** Address of the release's own page; becomes the label `url` that clusters show. */
      url: Type.Optional(Type.String({ pattern: '^https?://' })),
      created: Type.Optional(
        Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2}))?$' }),
      ),
      signed: Type.Optional(Strings),
      audit: Type.Optional(Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('none')])),
      override: Type.Optional(Type.Object({ by: Type.String({ minLength: 1 }), reason: Type.String() })),
      mirrors: Type.Optional(Strings),
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
 * Parses a releases file: a JSON list or JSON lines of releases (version, arch, payload, previous, next, metadata,
 * url, created, signed, audit, override, mirrors), or the unfiltered graph of a Cincinnati graph-builder (nodes named `version+arch`, abstract ones without payload). Throws
 * `GRAPH_RELEASES_INVALID` naming the field.
 */
export function parseReleases(text: string, file = 'releases'): GraphRelease[] {
  const value = readValue(text, file);
  if (!Array.isArray(value)) return fromRawGraph(value, file);
  return parseList(value, { file }).map((release) => {
    const { core, build } = splitBuild(release.version);
    const {
      version,
      arch,
      payload,
      previous = [],
      next = [],
      metadata = {},
      url,
      created,
      signed,
      audit,
      override,
      mirrors,
    } = release;
    return {
      version: build === arch ? core : version,
      arch,
      payload,
      previous,
      next,
      metadata: url === undefined || metadata.url !== undefined ? metadata : { ...metadata, url },
      ...(created === undefined ? {} : { created }),
      ...(signed === undefined ? {} : { signed }),
      ...(audit === undefined ? {} : { audit }),
      ...(override === undefined ? {} : { override }),
      ...(mirrors === undefined ? {} : { mirrors }),
    };
  });
}

/** The whole text as JSON, or, for a ledger, each line. */
function readValue(text: string, file: string): unknown {
  const ledger = /^\s*\{[^\n]*\}\s*\n\s*\{/.test(text);
  if (ledger) return jsonLines(text, file, 'GRAPH_RELEASES_INVALID').map(({ value }) => value);
  try {
    const value: unknown = readJson(text);
    // a ledger of one line
    return typeof value === 'object' && value !== null && 'payload' in value ? [value] : value;
  } catch (cause) {
    throw new SlipwayError('GRAPH_RELEASES_INVALID', 'the releases file is not JSON.', { place: { file }, cause });
  }
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
