export { parseJobs } from './definition.ts';
export { LARGEST_REPORT, parseJUnit } from './junit.ts';
export {
  attemptsOf,
  jobOutcome,
  judgeRun,
  mergeCases,
  type PassRate,
  passRate,
  type Reports,
  summariseRun,
  testName,
} from './results.ts';
export { type RunJobsContext, runJob, runJobs } from './run-job.ts';
export { type ShellRunnerOptions, shellRunner } from './shell-runner.ts';
export { parseJobRun } from './stored-run.ts';
export type * from './types.ts';
