import { type ParseOptions, parseGraphData, parseReleases } from '../data/index.ts';
import { parseEvidence } from '../evidence/index.ts';
import type { EvidenceRecord, GraphData, GraphRelease } from '../types.ts';
import { readGraphData, readText } from './read.ts';

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
