import { type Connection, listReleases, listSigners } from '../../db/index.ts';
import {
  answerGraph,
  buildReleaseGraph,
  type CompiledGraph,
  checkAnswer,
  type LedgerRelease,
  lossesOf,
  parseRules,
  type RuleTexts,
  readRuleTexts,
} from '../../graph/index.ts';
import { remaking, SlipwayError, sha256Hex } from '../../util/index.ts';
import type { ReleaseDefinition } from '../definition/definition.ts';
import { parseFacts } from '../store/facts.ts';

/** Published stable releases as the update graph takes them: an update leads from every version named as previous. */
export async function publishedReleases(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
): Promise<LedgerRelease[]> {
  const releases = await listReleases(db, { stream: definition.stable.name });
  const published = releases.filter((release) => release.payloadRef !== null && release.phase === 'Accepted');
  const signers = await listSigners(db);
  return published.map(
    (release): LedgerRelease => ({
      version: release.name,
      arch: definition.architecture,
      payload: release.payloadRef ?? '',
      previous: parseFacts(release.facts, { field: release.name }).previous,
      metadata: { url: `${publicUrl}/releases/${release.name}` },
      channels: definition.stable.channels,
      created: release.createdAt.toISOString(),
      signed: signers.get(release.payloadDigest ?? '') ?? [],
      // what was accepted has passed the audit, or a person has said why it may go on
      audit: 'pass',
    }),
  );
}

interface Inputs {
  readonly releases: readonly LedgerRelease[];
  readonly rules: RuleTexts | undefined;
}

/**
 * The update graph of the workspace: what it starts from is read at each call, and compiled when it is not what it was.
 * The graph it gives throws `RELEASE_GRAPH_BROKEN` rather than serve what clients would drop.
 */
export function channelGraph(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
): () => Promise<CompiledGraph> {
  return remaking({
    read: async (): Promise<Inputs> => ({
      releases: await publishedReleases(db, definition, publicUrl),
      rules: definition.graph === undefined ? undefined : await readRuleTexts(definition.graph),
    }),
    key: ({ releases, rules }) =>
      sha256Hex(JSON.stringify([releases, rules && [[...rules.files], rules.evidence?.text]])),
    make: (inputs) => compileChannels(inputs, definition.architecture),
  });
}

function compileChannels({ releases, rules: texts }: Inputs, arch: string): CompiledGraph {
  // lenient: a slip of the pen in the rules makes updates conditional, and never takes the graph down
  const rules = texts === undefined ? undefined : parseRules(texts);
  const compiled = buildReleaseGraph(releases, rules?.data, { evidence: rules?.evidence ?? [] });
  for (const channel of compiled.channels) {
    const answer = answerGraph(compiled, { channel, arch });
    const [violation] = [...checkAnswer(answer).map(({ message }) => message), ...lossesOf(answer)];
    if (violation !== undefined)
      throw new SlipwayError('RELEASE_GRAPH_BROKEN', `clients would not take the graph: ${violation}`, {
        place: { field: channel },
      });
  }
  return compiled;
}
