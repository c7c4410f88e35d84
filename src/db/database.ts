import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { SlipwayError } from '../util/index.ts';
import type { Schema } from './schema.ts';

/** Where the database is: a folder of this workspace (embedded PostgreSQL), or an external server. */
export type DatabaseLocation = { readonly dataDir: string } | { readonly url: string };

/** A connection, or a transaction on it: what every function of `records/` and the ledger takes. */
export type Connection = Kysely<Schema>;

export interface Database extends AsyncDisposable {
  readonly kysely: Kysely<Schema>;
  /** The pool under `kysely`, for a library that speaks `pg`; without `search_path` set. */
  readonly pool: Pool;
  /** How `psql` reaches it; without the password of an external database. */
  readonly url: string;
  readonly kind: 'embedded' | 'external';
  /** PostgreSQL's version, e.g. `18.4`. */
  readonly version: string;
  /** Resolves when the server went away without `close()`; the process should then end, as its lock is gone. */
  readonly lost: Promise<SlipwayError>;
  /** Runs `work` in one transaction; rolled back when it throws. */
  transaction<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** Ends all connections, and the embedded server (fast shutdown). Idempotent. */
  close(): Promise<void>;
}
