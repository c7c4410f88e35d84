import { hostname } from 'node:os';
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { SlipwayError } from '../../util/index.ts';
import type { Schema } from '../schema.ts';

/** PostgreSQL schema of Slipway's own tables; the queue's are in `pgboss`. */
export const SCHEMA = 'slipway';
/** Named in `pg_stat_activity`, so that a second process can say who holds the database. */
export const APPLICATION = `slipway pid ${process.pid} on ${hostname()}`;

const POOL_SIZE = 10;
const CONNECT_TIMEOUT_MS = 10_000;

/** Large enough for any count or size here; a value that a number cannot hold exactly is an error, never rounded. */
export function parseInt8(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new SlipwayError('DB_NUMBER_TOO_LARGE', `the database holds ${text}, which is not a safe integer.`);
}

const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? parseInt8 : pg.types.getTypeParser(oid, format ?? 'text'),
} as pg.CustomTypesConfig;

/** Settings of every connection to one database, the session lock's own included. */
export function clientConfig(target: pg.ClientConfig): pg.ClientConfig {
  return {
    application_name: APPLICATION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types,
    ...target,
  };
}

export function openPool(target: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({ ...clientConfig(target), max: POOL_SIZE });
  // An idle connection that breaks is replaced by the pool. When the whole server goes away, the connection that
  // holds the session lock breaks too, and `Database.lost` reports that.
  pool.on('error', () => {});
  return pool;
}

export function openKysely(pool: pg.Pool): Kysely<Schema> {
  const dialect = new PostgresDialect({
    pool,
    // A statement of the session and not a start-up option: poolers refuse those, and a URL may bring its own.
    onCreateConnection: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw(`set search_path to ${SCHEMA}`));
    },
  });
  return new Kysely<Schema>({ dialect });
}
