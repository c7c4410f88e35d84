import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { mapLimit, messageOf, SlipwayError, systemCode } from '../../util/index.ts';
import { answerGraph } from '../answer/answer.ts';
import { parseGraphQuery } from '../answer/protocol.ts';
import { type CompileOptions, compileGraph } from '../compile/compile.ts';
import type { CompiledGraph, EvidenceRecord, GraphAnswer, GraphData, GraphRelease } from '../types.ts';
import { parseEvidence } from './evidence.ts';
import { type ParseOptions, parseGraphData } from './parse.ts';
import { parseReleases } from './releases.ts';

/** Graph-data is about 1 MB; more than this is something else. */
const MAX_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 16;

/** What a service reads of graph-data (update-graph § 2.1). */
function isConsumed(path: string): boolean {
  return (
    path === 'version' ||
    path === 'LICENSE' ||
    path === 'raw/metadata.json' ||
    /^(channels|blocked-edges|okd)\/[^/.][^/]*$/.test(path)
  );
}

/** Reads graph-data from a directory or a (gzipped) tar archive into path -> text. Throws `GRAPH_DATA_UNREADABLE`. */
export async function readGraphData(path: string): Promise<Map<string, string>> {
  try {
    return (await stat(path)).isDirectory() ? await readFolder(path) : await readArchive(path);
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw new SlipwayError('GRAPH_DATA_UNREADABLE', `graph-data could not be read: ${messageOf(cause)}.`, {
      place: { file: path },
      cause,
    });
  }
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const part of ['', 'channels', 'blocked-edges', 'raw', 'okd']) {
    let entries: string[];
    try {
      entries = await readdir(join(folder, part));
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && part !== '') continue;
      throw error;
    }
    const paths = entries.sort().map((entry) => (part === '' ? entry : `${part}/${entry}`));
    const texts = await mapLimit(paths.filter(isConsumed), AT_ONCE, async (path) => {
      return [path, await readFile(join(folder, path), 'utf8')] as const;
    });
    for (const [path, text] of texts) files.set(path, text);
  }
  return files;
}

async function readArchive(path: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const archive = extract();
  const unpack = async (): Promise<void> => {
    let size = 0;
    for await (const entry of archive) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MAX_BYTES)
          throw new SlipwayError('GRAPH_DATA_UNREADABLE', 'the archive is far larger than graph-data can be.', {
            place: { file: path },
          });
        chunks.push(chunk);
      }
      if (entry.header.type === 'file')
        files.set(entry.header.name.replace(/^\.\//, ''), Buffer.concat(chunks).toString());
    }
  };
  const zipped = await startsWithGzip(path);
  const source = createReadStream(path);
  await Promise.all([zipped ? pipeline(source, createGunzip(), archive) : pipeline(source, archive), unpack()]);
  // an archive made by a forge holds everything in one folder named after the commit
  const [first] = files.keys();
  const top = files.has('version') || first === undefined ? '' : first.slice(0, first.indexOf('/') + 1);
  return new Map(
    [...files]
      .filter(([name]) => name.startsWith(top) && isConsumed(name.slice(top.length)))
      .map(([name, text]) => [name.slice(top.length), text] as const),
  );
}

async function startsWithGzip(path: string): Promise<boolean> {
  for await (const chunk of createReadStream(path, { end: 1 }) as AsyncIterable<Buffer>) return isGzip(chunk);
  return false;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export interface GraphFiles {
  /** Directory or tar.gz of graph-data. */
  readonly graphData: string;
  /** JSON or JSON lines (may be gzipped) of the releases, see {@link parseReleases}. */
  readonly releases: string;
  /** JSON lines (may be gzipped) of test results, see {@link parseEvidence}. */
  readonly evidence?: string | undefined;
}

/** What a compile starts from, parsed. */
export interface GraphInputs {
  readonly data: GraphData;
  readonly releases: readonly GraphRelease[];
  readonly evidence: readonly EvidenceRecord[];
  /** Graph-data as path -> text. */
  readonly files: ReadonlyMap<string, string>;
}

/** What a compile starts from, as it was read. */
export interface GraphInputTexts {
  /** Graph-data as path -> text. */
  readonly files: ReadonlyMap<string, string>;
  readonly releases: string;
  readonly evidence: string | undefined;
}

/** Reads all files of a graph. Throws `GRAPH_DATA_UNREADABLE`, `GRAPH_RELEASES_INVALID`, `GRAPH_EVIDENCE_INVALID`. */
export async function readInputTexts(from: GraphFiles): Promise<GraphInputTexts> {
  return {
    files: await readGraphData(from.graphData),
    releases: await readText(from.releases, 'GRAPH_RELEASES_INVALID'),
    evidence: from.evidence === undefined ? undefined : await readText(from.evidence, 'GRAPH_EVIDENCE_INVALID'),
  };
}

/** Parses what was read of these files. Throws an error that names file, line and field. */
export function parseInputs(texts: GraphInputTexts, from: GraphFiles, options: ParseOptions = {}): GraphInputs {
  return {
    data: parseGraphData(texts.files, options),
    releases: parseReleases(texts.releases, from.releases),
    evidence: texts.evidence === undefined ? [] : parseEvidence(texts.evidence, from.evidence),
    files: texts.files,
  };
}

/** Reads and parses all inputs of a compile; errors as of {@link readInputTexts} and {@link parseInputs}. */
export async function readInputs(files: GraphFiles, options: ParseOptions = {}): Promise<GraphInputs> {
  return parseInputs(await readInputTexts(files), files, options);
}

/** The rules that are laid over releases, as they were read and not parsed yet. */
export interface RuleTexts {
  /** Graph-data as path -> text. */
  readonly files: ReadonlyMap<string, string>;
  /** File of test results and its text. */
  readonly evidence?: { readonly file: string; readonly text: string };
}

/** Reads graph-data and, if given, a file of test results. Throws `GRAPH_DATA_UNREADABLE`, `GRAPH_EVIDENCE_INVALID`. */
export async function readRuleTexts(from: {
  readonly data: string;
  readonly evidence?: string | undefined;
}): Promise<RuleTexts> {
  const files = await readGraphData(from.data);
  const { evidence: file } = from;
  return file === undefined
    ? { files }
    : { files, evidence: { file, text: await readText(file, 'GRAPH_EVIDENCE_INVALID') } };
}

/** Parses rules without giving up at what is wrong in graph-data: it becomes risks. Throws `GRAPH_EVIDENCE_INVALID`. */
export function parseRules({ files, evidence }: RuleTexts): Pick<GraphInputs, 'data' | 'evidence'> {
  return {
    data: parseGraphData(files, { strict: false }),
    evidence: evidence === undefined ? [] : parseEvidence(evidence.text, evidence.file),
  };
}

async function readText(file: string, code: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    return (isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes).toString();
  } catch (cause) {
    throw new SlipwayError(code, `the file could not be read: ${messageOf(cause)}.`, { place: { file }, cause });
  }
}

/** Compiles the graph of graph-data, a releases file and, if given, an evidence file. */
export async function loadGraph(
  files: GraphFiles,
  options: ParseOptions = {},
  time: Pick<CompileOptions, 'at'> = {},
): Promise<CompiledGraph> {
  const { data, releases, evidence } = await readInputs(files, options);
  return compileGraph(data, releases, { evidence, ...time });
}

/** The answer that a service over these files gives for a channel and architecture. Throws `GRAPH_QUERY_INVALID`. */
export async function answerFromFiles(
  options: GraphFiles & { readonly channel: string; readonly arch: string; readonly at?: Date | undefined },
): Promise<GraphAnswer> {
  const parsed = parseGraphQuery(new URLSearchParams({ channel: options.channel, arch: options.arch }));
  if (!parsed.ok) throw new SlipwayError('GRAPH_QUERY_INVALID', `${parsed.error.value}.`);
  return answerGraph(await loadGraph(options, {}, { at: options.at }), parsed.query);
}
