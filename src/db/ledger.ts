import { type Selectable, sql, type Transaction } from 'kysely';
import { canonicalJson, type Json, sha256Hex } from '../util/index.ts';
import type { Connection } from './database/index.ts';
import { jsonText } from './json.ts';
import type { LedgerTable, Schema } from './schema.ts';

/** Something that happened or was decided, to be put on record. */
export interface NewLedgerEntry {
  readonly at: Date;
  /** What kind of event, e.g. `release.accepted`. */
  readonly kind: string;
  /** Who did it: a person, or `slipway`. */
  readonly actor: string;
  /** Name of the release it is about. */
  readonly subject: string;
  /** What the decision rests on: policy digest, run ids, evidence. */
  readonly payload: Json;
}

export interface LedgerEntry extends NewLedgerEntry {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string;
  /** sha256, in hex, of the canonical JSON of all other fields. */
  readonly hash: string;
}

/** The end of the chain. Kept elsewhere, it also shows that entries were cut off at the end. */
export type LedgerHead = Pick<LedgerEntry, 'sequence' | 'hash'>;

export type LedgerCheck =
  | { readonly intact: true; readonly entries: number; readonly head: LedgerHead | undefined }
  | { readonly intact: false; readonly sequence: number; readonly reason: string };

export interface LedgerFilter {
  readonly subject?: string;
  readonly kind?: string;
  /** Only entries after this sequence number. */
  readonly after?: number;
  readonly limit?: number;
}

const GENESIS = '0'.repeat(64);
/** Key of the advisory lock under which entries are appended: "ledg" as an integer. */
const APPEND_LOCK = 0x6c656467;
const PAGE = 1_000;

/** The hash of an entry: pure, so that anyone can check a copy of the ledger. */
export function ledgerHash(entry: Omit<LedgerEntry, 'hash'>): string {
  const { sequence, at, kind, actor, subject, payload, previous } = entry;
  return sha256Hex(canonicalJson({ sequence, at: at.toISOString(), kind, actor, subject, payload, previous }));
}

/**
 * Appends an entry in the caller's transaction, so that it is on record exactly when what it tells of is. Appending
 * transactions wait for one another (the chain has no forks), hence append last and keep the transaction short.
 * Throws `DB_JSON_UNSTORABLE`.
 */
export async function appendLedger(trx: Transaction<Schema>, entry: NewLedgerEntry): Promise<LedgerEntry> {
  const payload = jsonText(entry.payload);
  await sql`select pg_advisory_xact_lock(${sql.lit(APPEND_LOCK)})`.execute(trx);
  const last = await ledgerHead(trx);
  const open = { ...entry, sequence: (last?.sequence ?? 0) + 1, previous: last?.hash ?? GENESIS };
  const complete: LedgerEntry = { ...open, hash: ledgerHash(open) };
  await trx
    .insertInto('ledger')
    .values({ ...complete, payload })
    .execute();
  return complete;
}

/** The last entry's number and hash; nothing while the ledger is empty. */
export async function ledgerHead(db: Connection): Promise<LedgerHead | undefined> {
  return await db
    .selectFrom('ledger')
    .select(['sequence', 'hash'])
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Entries that fit, oldest first. */
export async function readLedger(db: Connection, filter: LedgerFilter = {}): Promise<LedgerEntry[]> {
  let query = db.selectFrom('ledger').selectAll().orderBy('sequence');
  if (filter.subject !== undefined) query = query.where('subject', '=', filter.subject);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.after !== undefined) query = query.where('sequence', '>', filter.after);
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map(toEntry);
}

/**
 * Checks the whole chain, in pages, and names the first entry that is missing, out of order, or changed. With the
 * `expected` head of an earlier check it also finds a chain that was cut off or written anew before that entry.
 */
export async function verifyLedger(db: Connection, expected?: LedgerHead): Promise<LedgerCheck> {
  let head: LedgerHead | undefined;
  let met = expected === undefined;
  for (;;) {
    const page = await readLedger(db, { after: head?.sequence ?? Number.MIN_SAFE_INTEGER, limit: PAGE });
    for (const entry of page) {
      const broken = checkLink(head, entry);
      if (broken !== undefined) return broken;
      head = { sequence: entry.sequence, hash: entry.hash };
      if (expected !== undefined && entry.sequence === expected.sequence) {
        if (entry.hash !== expected.hash)
          return {
            intact: false,
            sequence: entry.sequence,
            reason: 'it is not the entry that was the last one before',
          };
        met = true;
      }
    }
    if (page.length < PAGE) break;
  }
  if (!met) return { intact: false, sequence: (head?.sequence ?? 0) + 1, reason: 'the ledger ends before it' };
  return { intact: true, entries: head?.sequence ?? 0, head };
}

/** Whether an entry follows the one before it. Pure. */
function checkLink(
  before: LedgerHead | undefined,
  entry: LedgerEntry,
): Extract<LedgerCheck, { intact: false }> | undefined {
  const sequence = (before?.sequence ?? 0) + 1;
  if (entry.sequence !== sequence)
    return { intact: false, sequence, reason: `it is missing; entry ${entry.sequence} follows` };
  if (entry.previous !== (before?.hash ?? GENESIS))
    return { intact: false, sequence, reason: 'it does not follow the entry before it' };
  if (entry.hash !== ledgerHash(entry)) return { intact: false, sequence, reason: 'its content was changed' };
  return undefined;
}

function toEntry(row: Selectable<LedgerTable>): LedgerEntry {
  const { sequence, at, kind, actor, subject, payload, previous, hash } = row;
  return { sequence, at, kind, actor, subject, payload, previous, hash };
}
