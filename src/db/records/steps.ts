import { type Selectable, sql } from 'kysely';
import { type Json, SlipwayError } from '../../util/index.ts';
import type { Connection } from '../database/index.ts';
import { jsonText } from '../json.ts';
import type { StepState, StepTable } from '../schema.ts';

export interface StepRecord {
  readonly release: string;
  readonly step: string;
  readonly state: StepState;
  /** How often it was started, from 1; 0 when never. */
  readonly attempt: number;
  readonly inputDigest: string | null;
  readonly output: Json;
  /** What it does or found, one line. */
  readonly detail: string | null;
  /** Why the last attempt could not judge. */
  readonly error: Json;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

interface StepKey {
  readonly release: string;
  readonly step: string;
}

/**
 * Marks a step running and counts the attempt. A step that a killed process left running is simply started again;
 * what it had found is forgotten. Returns the attempt's number.
 */
export async function startStep(
  db: Connection,
  start: StepKey & { readonly inputDigest: string | null; readonly at: Date },
): Promise<number> {
  const fresh = {
    state: 'running' as const,
    input_digest: start.inputDigest,
    output: null,
    detail: null,
    error: null,
    started_at: start.at,
    finished_at: null,
  };
  const row = await db
    .insertInto('steps')
    .values({ release: start.release, step: start.step, attempt: 1, ...fresh })
    .onConflict((conflict) =>
      conflict.columns(['release', 'step']).doUpdateSet({ ...fresh, attempt: sql`steps.attempt + 1` }),
    )
    .returning('attempt')
    .executeTakeFirstOrThrow();
  return row.attempt;
}

/** Says what a running step is doing. Does nothing when it is not running. */
export async function noteStep(db: Connection, note: StepKey & { readonly detail: string }): Promise<void> {
  await db
    .updateTable('steps')
    .set({ detail: note.detail })
    .where('release', '=', note.release)
    .where('step', '=', note.step)
    .where('state', '=', 'running')
    .execute();
}

/** Stores the result of a running step. Throws `DB_STEP_NOT_RUNNING`: a result without a start is a mistake. */
export async function finishStep(
  db: Connection,
  finish: StepKey & {
    readonly state: 'done' | 'bad';
    readonly output: Json;
    readonly detail: string;
    readonly at: Date;
  },
): Promise<void> {
  await endRunning(db, finish, {
    state: finish.state,
    output: jsonText(finish.output),
    detail: finish.detail,
    finished_at: finish.at,
  });
}

/** Puts a running step that could not judge back to waiting, with the reason. Throws `DB_STEP_NOT_RUNNING`. */
export async function failStep(
  db: Connection,
  failure: StepKey & { readonly error: Json; readonly detail: string; readonly at: Date },
): Promise<void> {
  await endRunning(db, failure, {
    state: 'waiting',
    error: jsonText(failure.error),
    detail: failure.detail,
    finished_at: failure.at,
  });
}

/** Marks a step skipped, whatever it was. */
export async function skipStep(
  db: Connection,
  skip: StepKey & { readonly detail: string; readonly at: Date },
): Promise<void> {
  const skipped = { state: 'skipped' as const, detail: skip.detail, finished_at: skip.at };
  await db
    .insertInto('steps')
    .values({ release: skip.release, step: skip.step, attempt: 0, ...skipped })
    .onConflict((conflict) => conflict.columns(['release', 'step']).doUpdateSet(skipped))
    .execute();
}

/** All stored steps of a release, by name; a step without a record waits. */
export async function listSteps(db: Connection, release: string): Promise<StepRecord[]> {
  const rows = await db.selectFrom('steps').selectAll().where('release', '=', release).orderBy('step').execute();
  return rows.map(toRecord);
}

export async function getStep(db: Connection, { release, step }: StepKey): Promise<StepRecord | undefined> {
  const row = await db
    .selectFrom('steps')
    .selectAll()
    .where('release', '=', release)
    .where('step', '=', step)
    .executeTakeFirst();
  return row && toRecord(row);
}

async function endRunning(
  db: Connection,
  { release, step }: StepKey,
  end: { state: StepState; output?: string | null; error?: string | null; detail: string; finished_at: Date },
): Promise<void> {
  const result = await db
    .updateTable('steps')
    .set(end)
    .where('release', '=', release)
    .where('step', '=', step)
    .where('state', '=', 'running')
    .executeTakeFirst();
  if (result.numUpdatedRows === 1n) return;
  throw new SlipwayError('DB_STEP_NOT_RUNNING', `step "${step}" of ${release} is not running.`);
}

function toRecord(row: Selectable<StepTable>): StepRecord {
  return {
    release: row.release,
    step: row.step,
    state: row.state,
    attempt: row.attempt,
    inputDigest: row.input_digest,
    output: row.output,
    detail: row.detail,
    error: row.error,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
