import type { Selectable } from 'kysely';
import { type Json, SlipwayError } from '../../util/index.ts';
import type { Connection } from '../database/index.ts';
import { jsonText } from '../json.ts';
import type { Phase, ReleaseKind, ReleaseTable } from '../schema.ts';

export interface ReleaseRecord {
  /** OKD version. */
  readonly name: string;
  readonly stream: string;
  readonly kind: ReleaseKind;
  readonly phase: Phase;
  readonly payloadDigest: string | null;
  readonly payloadRef: string | null;
  readonly promotedFrom: string | null;
  readonly inputHash: string | null;
  readonly reason: string | null;
  /** Whatever the release room wants to keep of it. */
  readonly facts: Json;
  readonly createdAt: Date;
}

/** What of a release changes while it is worked on; an absent field stays as it is. */
export type ReleaseChanges = Partial<
  Pick<ReleaseRecord, 'phase' | 'payloadDigest' | 'payloadRef' | 'inputHash' | 'reason' | 'facts'>
>;

export interface ReleaseFilter {
  readonly stream?: string;
  readonly phases?: readonly Phase[];
  readonly inputHash?: string;
  readonly limit?: number;
}

/** Stores a new release. `false` when one of that name, or another promotion of the same release, is stored. */
export async function insertRelease(db: Connection, release: ReleaseRecord): Promise<boolean> {
  const result = await db
    .insertInto('releases')
    .values({
      name: release.name,
      stream: release.stream,
      kind: release.kind,
      phase: release.phase,
      payload_digest: release.payloadDigest,
      payload_ref: release.payloadRef,
      promoted_from: release.promotedFrom,
      input_hash: release.inputHash,
      reason: release.reason,
      facts: jsonText(release.facts),
      created_at: release.createdAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Changes a stored release. Throws `DB_RELEASE_UNKNOWN`. */
export async function updateRelease(db: Connection, name: string, changes: ReleaseChanges): Promise<void> {
  const result = await db
    .updateTable('releases')
    .set({
      name,
      ...(changes.phase === undefined ? {} : { phase: changes.phase }),
      ...(changes.payloadDigest === undefined ? {} : { payload_digest: changes.payloadDigest }),
      ...(changes.payloadRef === undefined ? {} : { payload_ref: changes.payloadRef }),
      ...(changes.inputHash === undefined ? {} : { input_hash: changes.inputHash }),
      ...(changes.reason === undefined ? {} : { reason: changes.reason }),
      ...(changes.facts === undefined ? {} : { facts: jsonText(changes.facts) }),
    })
    .where('name', '=', name)
    .executeTakeFirst();
  if (result.numUpdatedRows === 1n) return;
  throw new SlipwayError('DB_RELEASE_UNKNOWN', `there is no release "${name}".`);
}

/**
 * One release. With `lock` (inside a transaction) nobody else changes it before the transaction ends, so that a
 * decision and what it rests on belong together.
 */
export async function getRelease(
  db: Connection,
  name: string,
  options: { lock?: boolean } = {},
): Promise<ReleaseRecord | undefined> {
  const query = db.selectFrom('releases').selectAll().where('name', '=', name);
  const row = await (options.lock ? query.forUpdate() : query).executeTakeFirst();
  return row && toRecord(row);
}

/** The stable release made of this one. */
export async function getPromotion(db: Connection, from: string): Promise<ReleaseRecord | undefined> {
  const row = await db.selectFrom('releases').selectAll().where('promoted_from', '=', from).executeTakeFirst();
  return row && toRecord(row);
}

/** Releases that fit, newest first. */
export async function listReleases(db: Connection, filter: ReleaseFilter = {}): Promise<ReleaseRecord[]> {
  let query = db.selectFrom('releases').selectAll().orderBy('created_at', 'desc').orderBy('name', 'desc');
  if (filter.stream !== undefined) query = query.where('stream', '=', filter.stream);
  if (filter.phases !== undefined) query = query.where('phase', 'in', [...filter.phases]);
  if (filter.inputHash !== undefined) query = query.where('input_hash', '=', filter.inputHash);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map(toRecord);
}

function toRecord(row: Selectable<ReleaseTable>): ReleaseRecord {
  return {
    name: row.name,
    stream: row.stream,
    kind: row.kind,
    phase: row.phase,
    payloadDigest: row.payload_digest,
    payloadRef: row.payload_ref,
    promotedFrom: row.promoted_from,
    inputHash: row.input_hash,
    reason: row.reason,
    facts: row.facts,
    createdAt: row.created_at,
  };
}
