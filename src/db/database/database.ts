import { type Kysely, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { messageOf, SlipwayError, systemCode } from '../../util/index.ts';
import { type EmbeddedServer, SLIPWAY, startServer } from '../embedded/index.ts';
import { databaseError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { clientConfig, openKysely, openPool, SCHEMA } from './connection.ts';
import { migrate } from './migrate.ts';
import { takeSessionLock } from './session-lock.ts';

/** Where the database is: a folder of this workspace (embedded PostgreSQL), or an external server. */
export type DatabaseLocation = { readonly dataDir: string } | { readonly url: string };

/** A connection, or a transaction on it: what every function of `records/` and the ledger takes. */
export type Connection = Kysely<Schema>;

export interface Database extends AsyncDisposable {
  readonly kysely: Kysely<Schema>;
  /** The pool under `kysely`, for a library that speaks `pg`; `search_path` is not to be relied on. */
  readonly pool: pg.Pool;
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

const OLDEST_VERSION = 150_000;

/**
 * Opens the database of a workspace for this process alone, starts it when it is embedded, and brings its schema up
 * to date. The caller closes it, on SIGINT and SIGTERM too; a killed process is cleaned up after by the next opening.
 *
 * Errors: `DB_WORKSPACE_BUSY` naming the process, `DB_SCHEMA_NEWER`, `DB_MIGRATION_FAILED`; of an external server
 * `DB_URL_INVALID`, `DB_UNREACHABLE`, `DB_REFUSED`, `DB_VERSION_UNSUPPORTED`; of the embedded one see `startServer`.
 */
export async function openDatabase(location: DatabaseLocation): Promise<Database> {
  if ('url' in location) return openExternal(location.url);
  const server = await startServer(location.dataDir);
  try {
    await createDatabase(server);
    return await open('embedded', { host: server.socketFolder, user: SLIPWAY, database: SLIPWAY }, () => server.stop());
  } catch (error) {
    await server.stop();
    throw databaseError(error);
  }
}

async function openExternal(url: string): Promise<Database> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new SlipwayError('DB_URL_INVALID', 'DATABASE_URL is not a postgres:// URL.', {
      hint: 'For example postgres://user:password@host:5432/database.',
    });
  }
  try {
    return await open('external', { connectionString: url }, async () => {});
  } catch (error) {
    const known = databaseError(error);
    throw known instanceof SlipwayError ? known : connectionError(error, url);
  }
}

async function open(
  kind: Database['kind'],
  target: pg.ClientConfig,
  stopServer: () => Promise<void>,
): Promise<Database> {
  const lock = await takeSessionLock(target);
  const pool = openPool(target);
  const kysely = openKysely(pool);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      try {
        await kysely.destroy();
        await lock.release();
      } finally {
        await stopServer();
      }
    })();
    return closing;
  };
  try {
    const version = await checkServer(kysely);
    await sql`create schema if not exists ${sql.id(SCHEMA)}`.execute(kysely);
    await migrate(kysely as Kysely<unknown>);
    const transaction: Database['transaction'] = (work) => kysely.transaction().execute(work);
    return {
      kysely,
      pool,
      url: displayUrl(target),
      kind,
      version,
      lost: lock.lost,
      transaction,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await kysely.destroy();
    await lock.release();
    throw error;
  }
}

/** The embedded server comes with PostgreSQL's own databases only. */
async function createDatabase(server: EmbeddedServer): Promise<void> {
  const client = new pg.Client(clientConfig({ host: server.socketFolder, user: SLIPWAY, database: 'postgres' }));
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [SLIPWAY]);
    if (rowCount === 0) await client.query(`create database ${SLIPWAY}`);
  } finally {
    await client.end();
  }
}

async function checkServer(kysely: Kysely<Schema>): Promise<string> {
  const { rows } = await sql<{ number: number; version: string; standby: boolean }>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
           pg_is_in_recovery() as standby`.execute(kysely);
  const [server] = rows;
  if (server === undefined || server.number < OLDEST_VERSION) {
    throw new SlipwayError(
      'DB_VERSION_UNSUPPORTED',
      `the server is PostgreSQL ${server?.version ?? 'of unknown version'}; 15 or newer is needed.`,
    );
  }
  if (server.standby) {
    throw new SlipwayError('DB_READ_ONLY', 'the server is a standby, which cannot be written to.', {
      hint: 'Name the primary server in DATABASE_URL.',
    });
  }
  return server.version.split(' ')[0] ?? server.version;
}

function connectionError(error: unknown, url: string): unknown {
  const code = systemCode(error);
  const place = { field: 'DATABASE_URL', file: redact(url) };
  // Five characters: an SQLSTATE, so a server answered (PostgreSQL documentation, appendix A).
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    return new SlipwayError('DB_REFUSED', `the PostgreSQL server refused: ${messageOf(error)}.`, {
      place,
      hint: 'Check user, password, database and the rights to create schemas in it.',
      cause: error,
    });
  }
  return new SlipwayError(
    'DB_UNREACHABLE',
    `no PostgreSQL server answers: ${messageOf(error) || (code ?? 'unknown reason')}.`,
    { place, hint: 'Check host and port, and that the server runs.', cause: error },
  );
}

function redact(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1@');
}

function displayUrl(target: pg.ClientConfig): string {
  if (target.connectionString !== undefined) return redact(target.connectionString);
  return `postgres://${target.user}@/${target.database}?host=${encodeURIComponent(String(target.host))}`;
}
