import { setImmediate } from 'node:timers/promises';
import { prettyJson, sha256Hex } from '../../util/index.ts';
import { answerBytes, answerGraph } from '../answer/index.ts';
import type { CompiledGraph } from '../types.ts';
import { graphDataArchive } from './cincinnati.ts';
import { INDEX_SCHEMA } from './index-file.ts';
import { type ChannelEntry, entryOf, releasesDigest } from './site.ts';

/** What the index of a running service says beside what it serves. */
export interface LiveIndexOptions {
  /** Increases with every index, so that an older one is recognised. */
  readonly serial: number;
  /** RFC 3339. */
  readonly created: string;
  readonly expires: string;
}

/**
 * The index of a graph that is served, of the same form as that of a publication (update-graph § 8.3, step 8): every
 * answer and the graph-data archive with their digests. Explanations and drawings, which depend on the question, are not
 * in it. One answer is in memory at a time, and others have their turn between two.
 */
export async function liveIndex(
  compiled: CompiledGraph,
  { serial, created, expires }: LiveIndexOptions,
): Promise<{ readonly index: Uint8Array; readonly graphData: Uint8Array }> {
  const graphData = graphDataArchive(compiled);
  const files: Record<string, { sha256: string; size: number }> = {};
  const add = (path: string, bytes: Uint8Array): void => {
    files[path] = { sha256: sha256Hex(bytes), size: bytes.length };
  };
  add('graph-data.tar.gz', graphData);
  const architectures: Record<string, Record<string, ChannelEntry>> = {};
  for (const arch of compiled.architectures.keys()) {
    const channels: Record<string, ChannelEntry> = {};
    for (const channel of compiled.channels) {
      const answer = answerGraph(compiled, { channel, arch });
      const file = `graph/${arch}/${channel}.json`;
      add(file, answerBytes(answer));
      channels[channel] = entryOf(file, answer);
      await setImmediate();
    }
    architectures[arch] = channels;
  }
  const releases = [...compiled.architectures.values()].flatMap(({ nodes }) => nodes.map(({ release }) => release));
  const index = {
    schema: INDEX_SCHEMA,
    serial,
    created,
    expires,
    graphData: { commit: null, sha256: sha256Hex(graphData) },
    releases: { count: releases.length, sha256: releasesDigest(releases) },
    architectures,
    files,
  };
  return { index: Buffer.from(prettyJson(index)), graphData };
}
