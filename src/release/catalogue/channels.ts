import { Type } from 'typebox';
import { type Connection, listOutcomes, listReleases, listSigners, readLedger } from '../../db/index.ts';
import {
  answerGraph,
  buildReleaseGraph,
  type CompiledGraph,
  checkAnswer,
  gateClock,
  type LedgerRelease,
  lossesOf,
  parseRules,
  type RuleTexts,
  readRuleTexts,
} from '../../graph/index.ts';
import { parserOf, remaking, SlipwayError, sha256Hex } from '../../util/index.ts';
import type { ReleaseDefinition } from '../definition/index.ts';
import { parseFacts } from '../kept/index.ts';

const parseDecision = parserOf(
  Type.Object({ manual: Type.Optional(Type.Boolean()), reason: Type.Optional(Type.String()) }),
  'RELEASE_LEDGER_INVALID',
);

const parsePromotion = parserOf(Type.Object({ override: Type.Optional(Type.String()) }), 'RELEASE_LEDGER_INVALID');

/** Why a person let a release through, by its ledger entry; `undefined` where nobody did. */
type ReasonOf = (...entry: Parameters<typeof parseDecision>) => string | undefined;

/** A nightly was accepted. */
const acceptance: ReasonOf = (...entry) => {
  const { manual = false, reason = 'no reason given' } = parseDecision(...entry);
  return manual ? reason.replace(/^Manually accepted: /, '') : undefined;
};

/** A stable release was made of a nightly that the stable stream refused. */
const promotion: ReasonOf = (...entry) => parsePromotion(...entry).override;

/** Who let a release through and why, by its version: the newest entry of each. */
async function byHand(
  db: Connection,
  kind: string,
  reasonOf: ReasonOf,
): Promise<ReadonlyMap<string, { readonly by: string; readonly reason: string }>> {
  const entries = await readLedger(db, { kind });
  return new Map(
    entries.flatMap(({ subject, actor, sequence, payload }) => {
      const reason = reasonOf(payload, { field: `ledger ${sequence}` });
      return reason === undefined ? [] : [[subject, { by: actor, reason }] as const];
    }),
  );
}

/** Published stable releases as the update graph takes them: an update leads from every version named as previous. */
export async function publishedReleases(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
): Promise<LedgerRelease[]> {
  const releases = await listReleases(db, { stream: definition.stable.name });
  const published = releases.filter((release) => release.payloadRef !== null && release.phase === 'Accepted');
  const [signers, audits, accepted, promoted] = await Promise.all([
    listSigners(db),
    listOutcomes(db, 'audit'),
    byHand(db, 'release.accepted', acceptance),
    byHand(db, 'release.promoted', promotion),
  ]);
  return published.map((release): LedgerRelease => {
    const { previous, judgement } = parseFacts(release.facts, { field: release.name });
    // The stable stream's own judgement is what the release went out by; the nightly's stands in where it made none.
    const nightly = release.promotedFrom ?? release.name;
    const audit = judgement?.verdict ?? AUDIT[`${audits.get(nightly) ?? null}`];
    const override = promoted.get(release.name) ?? accepted.get(nightly);
    return {
      version: release.name,
      arch: definition.architecture,
      payload: release.payloadRef ?? '',
      previous,
      metadata: { url: `${publicUrl}/releases/${release.name}` },
      channels: definition.stable.channels,
      created: release.createdAt.toISOString(),
      signed: signers.get(release.payloadDigest ?? '') ?? [],
      audit,
      // what a person let through is not taken for audited
      ...(override === undefined ? {} : { override }),
    };
  });
}

const AUDIT = { true: 'pass', false: 'fail', null: 'none' } as const;

interface Inputs {
  readonly releases: readonly LedgerRelease[];
  readonly rules: RuleTexts | undefined;
}

/**
 * The update graph of the workspace: what it starts from is read at each call, and compiled when it is not what it was,
 * or when a gate of a channel may have opened by time.
 * The graph it gives throws `RELEASE_GRAPH_BROKEN` rather than serve what clients would drop.
 */
export function channelGraph(
  db: Connection,
  definition: ReleaseDefinition,
  publicUrl: string,
  now: () => Date,
): () => Promise<CompiledGraph> {
  const gates = gateClock(now);
  return remaking({
    read: async (): Promise<Inputs> => ({
      releases: await publishedReleases(db, definition, publicUrl),
      rules: definition.graph === undefined ? undefined : await readRuleTexts(definition.graph),
    }),
    key: ({ releases, rules }) =>
      sha256Hex(JSON.stringify([releases, rules && [[...rules.files], rules.evidence?.text], gates.generation()])),
    make: (inputs) => gates.compiled(compileChannels(inputs, definition.architecture, now())),
  });
}

function compileChannels({ releases, rules: texts }: Inputs, arch: string, at: Date): CompiledGraph {
  // lenient: a slip of the pen in the rules makes updates conditional, and never takes the graph down
  const rules = texts === undefined ? undefined : parseRules(texts);
  const compiled = buildReleaseGraph(releases, rules?.data, { evidence: rules?.evidence ?? [], at });
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
