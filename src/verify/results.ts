import type {
  CommandResult,
  JobDefinition,
  JobRun,
  JUnitReport,
  RunState,
  RunSummary,
  TestCase,
  TestResult,
  TestStatus,
} from './types.ts';

/** What a run's reports came to: the reports read, or why they could not be. */
export type Reports = { readonly reports: readonly JUnitReport[] } | { readonly problem: string };

const MOST_FAILED_NAMED = 50;

/** Merges the occurrences of each test (same suite, class and name); a test that failed and passed flaked. Pure. */
export function mergeCases(cases: readonly TestCase[]): TestResult[] {
  const byTest = Map.groupBy(cases, ({ suite, className, name }) => JSON.stringify([suite, className, name]));
  return [...byTest.values()].map((occurrences) => {
    const of = (status: TestCase['status']) => occurrences.filter((occurrence) => occurrence.status === status);
    const telling = of('failed').at(-1) ?? of('passed').at(-1) ?? of('skipped').at(-1) ?? (occurrences[0] as TestCase);
    return {
      ...telling,
      status: mergedStatus(of('failed').length > 0, of('passed').length > 0),
      seconds: sum(occurrences),
    };
  });
}

function mergedStatus(failed: boolean, passed: boolean): TestStatus {
  if (failed) return passed ? 'flaked' : 'failed';
  return passed ? 'passed' : 'skipped';
}

function sum(timed: readonly { readonly seconds: number }[]): number {
  // Milliseconds, so that the sum does not depend on the order.
  return timed.reduce((total, { seconds }) => total + Math.round(seconds * 1000), 0) / 1000;
}

/** Counts the tests of a run. Pure. */
export function summariseRun(tests: readonly TestResult[]): RunSummary {
  const of = (status: TestStatus) => tests.filter((test) => test.status === status);
  const failed = of('failed');
  return {
    tests: tests.length,
    passed: of('passed').length,
    failures: failed.length,
    flakes: of('flaked').length,
    skipped: of('skipped').length,
    seconds: sum(tests),
    failed: failed.slice(0, MOST_FAILED_NAMED).map((test) => ({ name: testName(test), message: test.message ?? '' })),
  };
}

/** `class › name`, as people know a test. */
export function testName({ className, name }: Pick<TestResult, 'className' | 'name'>): string {
  return className === '' || name.startsWith(className) ? name : `${className} › ${name}`;
}

/**
 * Judges one attempt. It passes only when its command ended well by itself **and** readable reports show at least one
 * test that ran and none that failed; whatever else is missing never counts as passed. Pure.
 */
export function judgeRun(
  command: CommandResult,
  taken: Reports,
  summary: RunSummary,
): { readonly state: RunState; readonly reason: string } {
  const errored = (reason: string) => ({ state: 'errored' as const, reason });
  if (command.startError !== null) return errored(`The command could not be started: ${command.startError}.`);
  if (command.aborted) return errored('The run was stopped.');
  if (command.timedOut) return errored('The run took too long and was ended.');
  if ('problem' in taken) return errored(`${taken.problem} (${describeEnd(command)})`);
  if (summary.failures > 0) return { state: 'failed', reason: `${summary.failures} of ${summary.tests} tests failed.` };
  const unaccounted = taken.reports.reduce((total, report) => total + report.unaccountedFailures, 0);
  if (unaccounted > 0)
    return { state: 'failed', reason: `The reports count ${unaccounted} failures that no test case shows.` };
  if (summary.passed + summary.flakes === 0) {
    return errored(summary.skipped > 0 ? `All ${summary.skipped} tests were skipped.` : 'The reports hold no test.');
  }
  if (command.exitCode !== 0) return errored(`No test failed, but the command ended with ${describeEnd(command)}.`);
  const flaked = summary.flakes === 0 ? '' : `, ${summary.flakes} of them after failing first`;
  return { state: 'passed', reason: `${summary.passed + summary.flakes} tests passed${flaked}.` };
}

function describeEnd({ exitCode, signal }: CommandResult): string {
  return exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`;
}

/** Attempts that a job has in all. */
export function attemptsOf({ maxRetries }: Pick<JobDefinition, 'maxRetries'>): number {
  return 1 + maxRetries;
}

/**
 * What a job's attempts so far come to: passed with any attempt that passed, `again` while attempts are left, else
 * the state of the last one. Pure. (release-controller.md 4.5, `maxRetries`.)
 */
export function jobOutcome(
  definition: Pick<JobDefinition, 'maxRetries'>,
  runs: readonly Pick<JobRun, 'state'>[],
): RunState | 'again' {
  if (runs.some((run) => run.state === 'passed')) return 'passed';
  const last = runs.at(-1);
  return last === undefined || runs.length < attemptsOf(definition) ? 'again' : last.state;
}

/** How often one test, or one job, held over many runs. */
export interface PassRate {
  /** Runs that say something; skipped ones do not. */
  readonly runs: number;
  readonly passes: number;
  readonly flakes: number;
  readonly failures: number;
  /** passes / runs; nothing when there were no runs. */
  readonly passing: number | undefined;
  /** (passes + flakes) / runs; nothing when there were no runs. */
  readonly working: number | undefined;
}

/** Pass rates over runs of one test (release-controller.md 10.2). Pure. */
export function passRate(statuses: readonly TestStatus[]): PassRate {
  const of = (status: TestStatus) => statuses.filter((found) => found === status).length;
  const [passes, flakes, failures] = [of('passed'), of('flaked'), of('failed')];
  const runs = passes + flakes + failures;
  return {
    runs,
    passes,
    flakes,
    failures,
    passing: runs === 0 ? undefined : passes / runs,
    working: runs === 0 ? undefined : (passes + flakes) / runs,
  };
}
