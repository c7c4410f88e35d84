import type { Transaction } from 'kysely';
import {
  type Connection,
  getPromotion,
  getRelease,
  listGates,
  listSteps,
  type Schema,
  type ReleaseRecord as StoredRelease,
} from '../../db/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { ReleaseSubject } from '../context.ts';
import { type Phase, promotionRefused, type ReleaseFacts, type ReleaseKind } from '../decide/index.ts';
import { unknownRelease } from '../errors.ts';
import { parseFacts } from '../kept/index.ts';

/** A release as the engine sees it. */
export interface ReleaseRecord extends ReleaseSubject {
  readonly phase: Phase;
  readonly promotedTo: string | undefined;
}

/** Throws `RELEASE_UNKNOWN`. */
export async function storedRelease(db: Connection, name: string): Promise<StoredRelease> {
  const release = await getRelease(db, name);
  if (!release) throw unknownRelease(name);
  return release;
}

/** A row as the engine takes it. `promotedTo`: the stable release made of it. */
export function recordOf(release: StoredRelease, promotedTo: string | undefined): ReleaseRecord {
  const { set, previous, judgement } = parseFacts(release.facts, { field: release.name });
  return {
    name: release.name,
    kind: kindOf(release),
    phase: release.phase,
    createdAt: release.createdAt,
    set,
    previous,
    judgement,
    promotedFrom: release.promotedFrom ?? undefined,
    promotedTo: release.kind === 'nightly' ? promotedTo : undefined,
  };
}

/** States of a release's steps. */
export async function stepStates(db: Connection, name: string): Promise<ReleaseFacts['steps']> {
  return Object.fromEntries((await listSteps(db, name)).map(({ step, state }) => [step, state]));
}

export function kindOf({ name, kind }: StoredRelease): ReleaseKind {
  if (kind === 'candidate')
    throw new SlipwayError('RELEASE_STATE_INVALID', `${name} is of a kind that this engine does not make.`);
  return kind;
}

/** What `decide` looks at, around what a release's own row says. */
export async function factsOf(
  db: Connection,
  { name, kind, phase, promotedTo }: Pick<ReleaseFacts, 'name' | 'kind' | 'phase' | 'promotedTo'>,
): Promise<ReleaseFacts> {
  const gates = kind === 'nightly' ? await listGates(db, name) : [];
  return {
    name,
    kind,
    phase,
    promotedTo,
    promotionRefused: promotionRefused(gates),
    steps: await stepStates(db, name),
  };
}

/** Facts of a release that stay as they are until the transaction ends. */
export async function lockedFacts(trx: Transaction<Schema>, name: string): Promise<ReleaseFacts> {
  const release = await getRelease(trx, name, { lock: true });
  if (!release) throw unknownRelease(name);
  const promotedTo = (await getPromotion(trx, name))?.name;
  return await factsOf(trx, { name, kind: kindOf(release), phase: release.phase, promotedTo });
}

/** A release that nothing has been done for yet. */
export function newRelease(
  release: Pick<StoredRelease, 'name' | 'stream' | 'kind' | 'createdAt' | 'facts'> & { readonly promotedFrom?: string },
): StoredRelease {
  return {
    promotedFrom: null,
    ...release,
    phase: 'Pending',
    payloadDigest: null,
    payloadRef: null,
    inputHash: null,
    reason: null,
  };
}

/** Nightly ► the stable release made of it. */
export const promotionsOf = (releases: readonly StoredRelease[]): Map<string, string> =>
  new Map(releases.flatMap(({ name, promotedFrom }) => (promotedFrom === null ? [] : [[promotedFrom, name] as const])));
