import { SlipwayError } from '../../util/index.ts';
import { answerGraph, parseGraphQuery } from '../answer/index.ts';
import { type CompileOptions, compileGraph } from '../compile/index.ts';
import type { ParseOptions } from '../data/index.ts';
import type { CompiledGraph, GraphAnswer } from '../types.ts';
import { type GraphFiles, readInputs } from './inputs.ts';

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
