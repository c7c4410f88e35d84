import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { makeFolders, mapLimit, messageOf, SlipwayError, sha256Hex, storageError } from '../util/index.ts';
import { LARGEST_REPORT, parseJUnit } from './junit.ts';
import { endLeftovers } from './process-group.ts';
import { jobOutcome, judgeRun, mergeCases, type Reports, summariseRun } from './results.ts';
import type { JobContext, JobDefinition, JobPaths, JobRun, JobRunner, JUnitReport } from './types.ts';

const MOST_REPORTS = 200;
const DEEPEST_FOLDER = 5;
const REPORT_NAME = /^junit.*\.xml$/;

export interface RunJobsContext extends Omit<JobContext, 'attempt'> {
  /** Attempt `n` of a job runs in `<directory>/<job>/<n>`. */
  readonly directory: string;
  /** Jobs that run at the same time. Default 1. */
  readonly concurrency?: number;
  /** Told of each attempt when it begins. */
  readonly onStart?: (definition: JobDefinition, attempt: number) => Promise<void> | void;
  /** Told of each attempt when it is judged. */
  readonly onRun?: (run: JobRun) => Promise<void> | void;
}

/**
 * Runs each job until one of its attempts passes or none is left. Returns all attempts, in the order of the jobs.
 * Throws only when a runner or the disk fails, or when the context's signal stops it (`VERIFY_STOPPED`).
 */
export async function runJobs(
  definitions: readonly JobDefinition[],
  context: RunJobsContext,
  runner: JobRunner,
): Promise<JobRun[]> {
  const { concurrency = 1, onStart, onRun } = context;
  const runs = await mapLimit(definitions, concurrency, async (definition) => {
    const attempts: JobRun[] = [];
    while (jobOutcome(definition, attempts) === 'again') {
      if (context.signal?.aborted)
        throw new SlipwayError('VERIFY_STOPPED', 'the end-to-end jobs were stopped.', { cause: context.signal.reason });
      const attempt = attempts.length + 1;
      const directory = join(context.directory, definition.name, String(attempt));
      await onStart?.(definition, attempt);
      const run = await runJob(definition, { ...context, attempt, directory }, runner);
      await onRun?.(run);
      attempts.push(run);
    }
    return attempts;
  });
  return runs.flat();
}

/**
 * Runs one attempt of a job and takes in its JUnit reports. Idempotent: what a killed run left in the folder is ended
 * and removed first. A job whose reports are missing, unreadable or empty never passes, see `judgeRun`.
 */
export async function runJob(definition: JobDefinition, context: JobContext, runner: JobRunner): Promise<JobRun> {
  const paths = jobPaths(context.directory);
  await prepare(paths, context.directory);
  const startedAt = context.clock();
  const command = await runner.run(definition, context, paths);
  const finishedAt = context.clock();
  const { taken, files } = await takeReports(paths.artifacts);
  const tests = 'reports' in taken ? mergeCases(taken.reports.flatMap((report) => report.cases)) : [];
  const summary = summariseRun(tests);
  return {
    job: definition.name,
    attempt: context.attempt,
    blocking: definition.blocking,
    ...judgeRun(command, taken, summary),
    startedAt,
    finishedAt,
    command,
    summary,
    tests,
    logPath: paths.log,
    reports: files,
  };
}

function jobPaths(directory: string): JobPaths {
  const artifacts = join(directory, 'artifacts');
  return {
    log: join(directory, 'output.log'),
    artifacts,
    junit: join(artifacts, 'junit.xml'),
    scratch: join(directory, 'scratch'),
    leader: join(directory, 'process.json'),
  };
}

async function prepare(paths: JobPaths, directory: string): Promise<void> {
  try {
    await endLeftovers(paths.leader);
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
    await makeFolders(paths.artifacts);
    await mkdir(paths.scratch);
  } catch (error) {
    throw storageError(error, directory);
  }
}

interface TakenReports {
  readonly taken: Reports;
  readonly files: JobRun['reports'];
}

/** Reads all reports below the artifact folder. One that cannot be read spoils them all: it may be the one that failed. */
async function takeReports(artifacts: string): Promise<TakenReports> {
  const files: { file: string; digest: string }[] = [];
  const reports: JUnitReport[] = [];
  const problem = (text: string): TakenReports => ({ taken: { problem: text }, files });
  let names: string[];
  try {
    names = await findReports(artifacts);
  } catch (error) {
    // The folder is the job's own, and the job can have done anything to it.
    return problem(`The job's artifacts cannot be listed: ${messageOf(error)}.`);
  }
  if (names.length === 0) return problem('The job left no JUnit report.');
  if (names.length > MOST_REPORTS)
    return problem(`The job left ${names.length} JUnit reports; at most ${MOST_REPORTS} are read.`);
  for (const name of names) {
    const file = relative(artifacts, name);
    try {
      const bytes = await readLimited(name);
      files.push({ file, digest: `sha256:${sha256Hex(bytes)}` });
      reports.push(parseJUnit(bytes, { file }));
    } catch (error) {
      return problem(
        `The JUnit report ${file} cannot be read: ${error instanceof SlipwayError ? error.message : messageOf(error)}`,
      );
    }
  }
  return { taken: { reports }, files };
}

/** Regular files only: a link could lead to a file that is not the job's. Sorted, so that results do not depend on the disk. */
async function findReports(folder: string, depth = 0): Promise<string[]> {
  if (depth > DEEPEST_FOLDER) return [];
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await findReports(path, depth + 1)));
    else if (entry.isFile() && REPORT_NAME.test(entry.name)) found.push(path);
  }
  return found;
}

/** At most one byte more than the limit, by which `parseJUnit` sees that there is more. */
async function readLimited(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream({ end: LARGEST_REPORT, autoClose: false }))
      chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  } finally {
    await file.close();
  }
}
