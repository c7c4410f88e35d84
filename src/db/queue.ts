import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import { messageOf, SlipwayError } from '../util/index.ts';
import type { Database } from './database/index.ts';
import type { Schema } from './schema.ts';

export interface SendOptions {
  /**
   * What is to be worked on, e.g. a release. At most one message of a key waits and at most one is worked on; sending
   * another while one waits does nothing, as handlers look at the current state (level-triggered).
   */
  readonly singletonKey?: string;
  readonly startAfter?: Date;
  /** Send in this transaction: the message exists exactly when the transaction commits. */
  readonly trx?: Transaction<Schema>;
}

export interface Message<Data> {
  readonly id: string;
  readonly data: Data;
  /** From 1; above 1 after an error or a killed process. */
  readonly attempt: number;
  /** Aborted when the queue gives the message up. */
  readonly signal: AbortSignal;
}

export interface Queue extends AsyncDisposable {
  /** Sends a message. Returns its id, or nothing when a message of the key waits already. */
  send(name: string, data: object, options?: SendOptions): Promise<string | undefined>;
  /**
   * Calls `handler` for each message, one at a time. A message is delivered **at least once**: after an error, and
   * after a process was killed in the middle, it comes again, so the handler must be idempotent.
   */
  work<Data extends object>(name: string, handler: (message: Message<Data>) => Promise<void>): Promise<void>;
  /** Takes no more messages, waits for the handlers under way (at most 30 s, then they are delivered again). Idempotent. */
  stop(): Promise<void>;
}

export interface QueueOptions {
  /** Told of what goes wrong behind the scenes; the queue itself goes on. */
  readonly onError?: (error: SlipwayError) => void;
}

const SCHEMA = 'pgboss';
/** The shortest that pg-boss allows: a worker that says nothing for so long is taken for dead. */
const HEARTBEAT_SECONDS = 10;
const POLL_SECONDS = 0.5;
const RETRY_LIMIT = 1_000;
const RETRY_DELAY_MAX_SECONDS = 60;
const STOP_MS = 30_000;
/** A step may take hours; that a worker is alive is shown by its heartbeat. */
const EXPIRE_SECONDS = 23 * 3600;

/**
 * Opens the queue (pg-boss, schema `pgboss`) on the connections of a database. As a database is open in one process at
 * a time, a message that is being worked on when the queue opens was left by a killed process, and is given out again
 * at once; heartbeats do the same for a worker that hangs. Errors: `DB_QUEUE_FAILED`.
 */
export async function openQueue(database: Database, options: QueueOptions = {}): Promise<Queue> {
  const boss = new PgBoss({
    schema: SCHEMA,
    db: { executeSql: (text, values) => database.pool.query(text, values) },
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: HEARTBEAT_SECONDS,
    monitorIntervalSeconds: HEARTBEAT_SECONDS,
  });
  const report = (error: unknown): void => options.onError?.(queueError('the queue met a problem', error));
  boss.on('error', report);
  try {
    await boss.start();
    await takeOver(boss);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw queueError('the queue could not be opened', error);
  }
  const known = new Set<string>();
  const ensure = async (name: string): Promise<void> => {
    if (known.has(name)) return;
    await boss.createQueue(name, {
      policy: 'stately',
      retryLimit: RETRY_LIMIT,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: RETRY_DELAY_MAX_SECONDS,
      expireInSeconds: EXPIRE_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
    });
    known.add(name);
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= boss.stop({ graceful: true, timeout: STOP_MS });
    return stopping;
  };
  return {
    async send(name, data, { singletonKey = randomUUID(), startAfter, trx } = {}) {
      await ensure(name);
      const id = await boss.send(name, data, {
        singletonKey,
        ...(startAfter === undefined ? {} : { startAfter }),
        ...(trx === undefined ? {} : { db: fromKysely(trx) }),
      });
      return id ?? undefined;
    },
    async work<Data extends object>(name: string, handler: (message: Message<Data>) => Promise<void>) {
      await ensure(name);
      await boss.work<Data>(name, { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 }, async (jobs) => {
        for (const { id, data, retryCount, signal } of jobs)
          await handler({ id, data, attempt: retryCount + 1, signal });
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Gives out again what a killed process was working on. */
async function takeOver(boss: PgBoss): Promise<void> {
  for (const { name } of await boss.getQueues()) {
    const left = (await boss.findJobs(name)).filter((job) => job.state === 'active').map((job) => job.id);
    if (left.length === 0) continue;
    await boss.fail(name, left, { message: 'the process that worked on it ended' });
    // A failure makes the next attempt wait longer and longer; a killed process is no failure of the message.
    for (const id of left) await boss.update(name, undefined, { id, startAfter: 0 });
  }
}

function queueError(what: string, error: unknown): SlipwayError {
  return new SlipwayError('DB_QUEUE_FAILED', `${what}: ${messageOf(error)}.`, { cause: error });
}
