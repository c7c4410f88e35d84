import type { Json } from '../../util/index.ts';
import type { Connection } from '../database/index.ts';
import { jsonText } from '../json.ts';
import type { JobRunState } from '../schema.ts';

export interface JobRunRecord {
  readonly release: string;
  readonly job: string;
  /** From 1. */
  readonly attempt: number;
  readonly blocking: boolean;
  readonly state: JobRunState;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** What its JUnit reports said, as the verify room summarises it; `null` while it runs. */
  readonly summary: Json;
  readonly logPath: string | null;
}

/** Stores a run, or how it went on. */
export async function putJobRun(db: Connection, run: JobRunRecord): Promise<void> {
  const row = {
    blocking: run.blocking,
    state: run.state,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    summary: jsonText(run.summary),
    log_path: run.logPath,
  };
  await db
    .insertInto('job_runs')
    .values({ release: run.release, job: run.job, attempt: run.attempt, ...row })
    .onConflict((conflict) => conflict.columns(['release', 'job', 'attempt']).doUpdateSet(row))
    .execute();
}

/** All runs for a release, by job and attempt. */
export async function listJobRuns(db: Connection, release: string): Promise<JobRunRecord[]> {
  const rows = await db
    .selectFrom('job_runs')
    .selectAll()
    .where('release', '=', release)
    .orderBy('job')
    .orderBy('attempt')
    .execute();
  return rows.map((row) => ({
    release: row.release,
    job: row.job,
    attempt: row.attempt,
    blocking: row.blocking,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    summary: row.summary,
    logPath: row.log_path,
  }));
}
