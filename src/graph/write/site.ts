import { writeLayer } from '../../oci/index.ts';
import { mapLimit, prettyJson, SlipwayError, sha256Hex } from '../../util/index.ts';
import { compareReleases, releaseKind } from '../../version/index.ts';
import { answerBytes, answerGraph, compressAnswer, type RenderedAnswer } from '../answer/index.ts';
import { type CheckOptions, checkAnswer, type InvariantViolation, lossesOf } from '../client/index.ts';
import { explainFrom } from '../explain/index.ts';
import type { GraphInputs } from '../files/index.ts';
import { drawings } from '../see/index.ts';
import type { AnswerNode, CompiledGraph, GraphAnswer, GraphRelease } from '../types.ts';
import { cincinnatiFiles } from './cincinnati.ts';
import { entriesOf, graphDataImage, type ImageBase } from './image.ts';
import { INDEX_SCHEMA } from './index-file.ts';

/** An answer that clusters take, ready for the wire. */
export interface JudgedAnswer {
  readonly rendered: RenderedAnswer;
  readonly warnings: readonly string[];
}

export interface SiteOptions {
  /** Increases with every publication, so that an older one is recognised. */
  readonly serial: number;
  /** RFC 3339; part of the index alone. */
  readonly created: string;
  readonly expires: string;
  /** Commit of graph-data. */
  readonly commit?: string | undefined;
  /** Nodes of the answer that was published before, by path: they must not vanish (I13). */
  readonly before?: (path: string) => Promise<readonly AnswerNode[] | undefined>;
  /** Explanations and drawings beside the answers. */
  readonly explain: boolean;
  readonly imageBase?: ImageBase | undefined;
  /** Answers judged and compressed before, by the SHA-256 of their bytes; what is the same is not done again. */
  readonly cache?: Map<string, JudgedAnswer>;
}

/** A publication as path -> bytes: everything a static host serves. */
export interface Site {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** `index.json`, which names every other file with its digest. */
  readonly index: Uint8Array;
  /** What is not as it should be and keeps nobody from publishing. */
  readonly warnings: readonly string[];
}

/** Names of risks in production have underscores (I9); clusters take them, so they are reported only. */
const TOLERATED = new Set(['I9']);
const AT_ONCE = 2;
const SUFFIX = { identity: '', gzip: '.gz', br: '.br', zstd: '.zst' } as const;

export interface ChannelEntry {
  readonly file: string;
  readonly newest: string | null;
  readonly nodes: number;
  readonly edges: number;
  readonly conditionalEdges: number;
}

/**
 * Everything that is published of a graph (update-graph § 8.3, step 7). Each answer is checked against the invariants
 * and read by the model of the cluster's client first. Throws `GRAPH_INVARIANT` rather than publish what clusters
 * would refuse or drop in silence.
 */
export async function compileSite(inputs: GraphInputs, compiled: CompiledGraph, options: SiteOptions): Promise<Site> {
  const files = new Map<string, Uint8Array>();
  const warnings: string[] = [];
  const architectures: Record<string, Record<string, ChannelEntry>> = {};
  for (const arch of compiled.architectures.keys()) {
    const channels: Record<string, ChannelEntry> = {};
    // one after the other, so that only a few answers are in memory as objects
    await mapLimit(compiled.channels, AT_ONCE, async (channel) => {
      const answer = answerGraph(compiled, { channel, arch });
      const file = `graph/${arch}/${channel}.json`;
      const nodes = await options.before?.(file);
      if (nodes !== undefined) refuse(file, violationsOf(answer, { before: { nodes } }));
      const { rendered, warnings: found } = await judged(file, answer, options.cache);
      warnings.push(...found.map((text) => `${file}: ${text}`));
      for (const coding of ['identity', 'gzip', 'br', 'zstd'] as const)
        files.set(`${file}${SUFFIX[coding]}`, rendered[coding]);
      channels[channel] = entryOf(file, answer);
    });
    architectures[arch] = channels;
    if (options.explain) addExplanations(files, compiled, arch);
  }
  addGraphData(files, inputs, compiled, options);
  const report = { problems: compiled.problems, warnings: warnings.sort() };
  files.set('report.json', Buffer.from(prettyJson(report)));
  return { files, index: indexOf(files, architectures, inputs, options), warnings };
}

/** What keeps an answer from being published, and what is only reported. */
function violationsOf(answer: GraphAnswer, options: CheckOptions = {}): { refused: string[]; tolerated: string[] } {
  const { refused = [], tolerated = [] } = Object.groupBy(checkAnswer(answer, options), ({ id }) =>
    TOLERATED.has(id) ? 'tolerated' : 'refused',
  );
  return { refused: refused.map(textOf), tolerated: tolerated.map(textOf) };
}

function refuse(file: string, { refused }: { readonly refused: readonly string[] }): void {
  const [first, ...more] = refused;
  if (first === undefined) return;
  throw new SlipwayError('GRAPH_INVARIANT', first, {
    place: { file },
    exitCode: 1,
    ...(more.length === 0 ? {} : { hint: `${more.length} more of the kind.` }),
  });
}

function textOf({ id, message }: InvariantViolation): string {
  return `${id}: ${message}`;
}

async function judged(file: string, answer: GraphAnswer, cache: SiteOptions['cache']): Promise<JudgedAnswer> {
  const identity = answerBytes(answer);
  const sha256 = sha256Hex(identity);
  const known = cache?.get(sha256);
  if (known !== undefined) return known;
  const { refused, tolerated } = violationsOf(answer);
  refuse(file, { refused: [...refused, ...lossesOf(answer)] });
  const result = { rendered: await compressAnswer(identity, sha256), warnings: tolerated };
  cache?.set(sha256, result);
  return result;
}

/** What the index says of one answer. */
export function entryOf(file: string, { nodes, edges, conditionalEdges }: GraphAnswer): ChannelEntry {
  const sorted = nodes.map(({ version }) => version).sort(compareReleases);
  const newest = sorted.findLast((version) => ['ga', 'fcos'].includes(releaseKind(version))) ?? sorted.at(-1);
  return {
    file,
    newest: newest ?? null,
    nodes: nodes.length,
    edges: edges.length,
    conditionalEdges: conditionalEdges.reduce((sum, group) => sum + group.edges.length, 0),
  };
}

/** For every release: each newer one with its code, and where it is offered; and the drawings. */
function addExplanations(files: Map<string, Uint8Array>, compiled: CompiledGraph, arch: string): void {
  const graph = compiled.architectures.get(arch);
  for (const node of graph?.nodes ?? []) {
    const channels = Object.fromEntries(
      node.channels.map((channel) => [
        channel,
        explainFrom(compiled, node.version, { channel, arch }).map(({ risks, from: _from, ...said }) => ({
          ...said,
          risks: risks.map(({ name }) => name),
        })),
      ]),
    );
    files.set(`explain/${arch}/${node.version}.json`, Buffer.from(prettyJson({ arch, channels, from: node.version })));
  }
  for (const [path, text] of drawings(compiled, arch)) files.set(path, Buffer.from(text));
}

function addGraphData(
  files: Map<string, Uint8Array>,
  inputs: GraphInputs,
  compiled: CompiledGraph,
  { imageBase }: SiteOptions,
): void {
  const graphData = cincinnatiFiles(inputs.files, inputs.data, compiled);
  files.set('graph-data.tar.gz', writeLayer(entriesOf(graphData)).bytes);
  for (const [path, bytes] of graphDataImage(graphData, imageBase).files) files.set(`graph-data-image/${path}`, bytes);
}

function indexOf(
  files: ReadonlyMap<string, Uint8Array>,
  architectures: Readonly<Record<string, Readonly<Record<string, ChannelEntry>>>>,
  inputs: GraphInputs,
  { serial, created, expires, commit }: SiteOptions,
): Uint8Array {
  const digests = [...files].map(([path, bytes]) => [path, { sha256: sha256Hex(bytes), size: bytes.length }] as const);
  return Buffer.from(
    prettyJson({
      schema: INDEX_SCHEMA,
      serial,
      created,
      expires,
      graphData: { commit: commit ?? null, sha256: digestOf(inputs.files) },
      releases: { count: inputs.releases.length, sha256: releasesDigest(inputs.releases) },
      evidence: { count: inputs.evidence.length },
      architectures,
      files: Object.fromEntries(digests),
    }),
  );
}

/** Of releases in any order. */
export function releasesDigest(releases: readonly GraphRelease[]): string {
  return digestOf(new Map(releases.map(({ version, arch, payload }) => [`${version}+${arch} ${payload}`, ''])));
}

/** Of named texts in any order. */
function digestOf(texts: ReadonlyMap<string, string>): string {
  const lines = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, text]) => `${sha256Hex(text)}  ${path}\n`);
  return sha256Hex(lines.join(''));
}
