import { type Connection, listReleases } from '../db/index.ts';
import { answerGraph, buildReleaseGraph, type CompiledGraph, checkAnswer, type LedgerRelease } from '../graph/index.ts';
import { SlipwayError } from '../util/index.ts';
import type { ReleaseDefinition } from './definition.ts';
import { parseFacts } from './facts.ts';

/** Published stable releases as the update graph takes them: an update leads from every version named as previous. */
export async function publishedReleases(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
): Promise<LedgerRelease[]> {
  const releases = await listReleases(db, { stream: definition.stable.name });
  return releases
    .filter((release) => release.payloadRef !== null && release.phase === 'Accepted')
    .map((release) => ({
      version: release.name,
      arch: definition.architecture,
      payload: release.payloadRef ?? '',
      previous: parseFacts(release.facts, { field: release.name }).previous,
      metadata: { url: `${publicUrl}/releases/${release.name}` },
      channels: definition.stable.channels,
    }));
}

/** The update graph of the workspace. Throws `RELEASE_GRAPH_BROKEN` rather than serve what clients would drop. */
export async function compileChannels(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
): Promise<CompiledGraph> {
  const compiled = buildReleaseGraph(await publishedReleases(db, definition, publicUrl));
  for (const channel of compiled.channels) {
    const [violation] = checkAnswer(answerGraph(compiled, { channel, arch: definition.architecture }));
    if (violation)
      throw new SlipwayError('RELEASE_GRAPH_BROKEN', `clients would not take the graph: ${violation.message}`, {
        place: { field: channel },
      });
  }
  return compiled;
}
