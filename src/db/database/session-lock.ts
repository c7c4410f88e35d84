import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { clientConfig } from './connection.ts';

/** Of this database only: PostgreSQL keeps advisory locks apart by database. The letters "slip" and "way\0" as integers. */
const LOCK = [0x736c6970, 0x77617900] as const;
/** The server may need a moment to notice that a killed process is gone. */
const PATIENCE_MS = 2_000;
const POLL_MS = 100;

export interface SessionLock {
  /** Resolves when the connection, and so the lock, is gone without `release`. */
  readonly lost: Promise<SlipwayError>;
  release(): Promise<void>;
}

/**
 * Takes the lock by which one process works on one database: a session-level advisory lock on a connection of its
 * own. The server drops it when the connection ends, however the process died. Errors: `DB_WORKSPACE_BUSY` naming
 * the holder.
 */
export async function takeSessionLock(target: pg.ClientConfig): Promise<SessionLock> {
  const client = new pg.Client(clientConfig(target));
  const { promise: lost, resolve } = Promise.withResolvers<SlipwayError>();
  let releasing = false;
  const gone = (cause?: unknown): void => {
    if (releasing) return;
    const reason = cause === undefined ? '' : ` (${messageOf(cause)})`;
    resolve(
      new SlipwayError('DB_LOST', `the connection to the database is lost${reason}.`, {
        hint: 'Start Slipway again; it continues where it stopped.',
        cause,
      }),
    );
  };
  client.on('error', gone);
  client.on('end', () => gone());
  await client.connect();
  const release = async (): Promise<void> => {
    releasing = true;
    await client.end();
  };
  try {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await tryLock(client))) {
      if (performance.now() > deadline) throw await describeHolder(client);
      await sleep(POLL_MS);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { lost, release };
}

async function tryLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [...LOCK]);
  return rows[0]?.taken === true;
}

async function describeHolder(client: pg.Client): Promise<SlipwayError> {
  const { rows } = await client.query<{ application_name: string }>(
    `select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.classid = $1 and l.objid = $2 and l.objsubid = 2
       and l.database = (select oid from pg_database where datname = current_database())`,
    [...LOCK],
  );
  const holder = rows[0]?.application_name || 'another process';
  return new SlipwayError('DB_WORKSPACE_BUSY', `this database is in use by ${holder}.`, {
    hint: 'End that process, or use another database.',
  });
}
