import { remaking, sha256Hex } from '../../util/index.ts';
import { compileGraph } from '../compile/index.ts';
import type { ParseOptions } from '../data/index.ts';
import { gateClock } from '../promote/index.ts';
import type { CompiledGraph } from '../types.ts';
import { type GraphFiles, parseInputs, readInputTexts } from './inputs.ts';

/**
 * The graph of files that may change: they are read at each call, and compiled when their bytes are not what they were;
 * or when a gate of a channel may have opened by time; of graph-data only the changed files are parsed. Errors as of {@link readInputTexts} and {@link parseInputs}.
 */
export function followGraph(
  files: GraphFiles,
  options: Omit<ParseOptions, 'cache'>,
  now: () => Date = () => new Date(),
): () => Promise<CompiledGraph> {
  const gates = gateClock(now);
  const cache: NonNullable<ParseOptions['cache']> = new Map();
  return remaking({
    read: () => readInputTexts(files),
    key: ({ files: texts, releases, evidence }) =>
      sha256Hex(JSON.stringify([[...texts], releases, evidence, gates.generation()])),
    make: (texts) => {
      const { data, releases, evidence } = parseInputs(texts, files, { ...options, cache });
      return gates.compiled(compileGraph(data, releases, { evidence, at: now() }));
    },
  });
}
