/** One end-to-end job of a stream. */
export interface JobDefinition {
  /** Lower-case letters, digits, dots and dashes: also the name of its folder. */
  readonly name: string;
  readonly title: string;
  readonly blocking: boolean;
  /** Absolute path of an executable or of a shell script, then its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutSeconds: number;
  /** Attempts are 1 + maxRetries. */
  readonly maxRetries: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What one attempt of a job gets. */
export interface JobContext {
  /** From 1. */
  readonly attempt: number;
  /** Added to the clean environment, e.g. `RELEASE_IMAGE_LATEST`. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this attempt alone: emptied first, so that nothing an earlier run left counts for this one. */
  readonly directory: string;
  readonly clock: () => Date;
  /** Ends the job; its run is then `errored`. */
  readonly signal?: AbortSignal;
}

/** Files of one attempt, below its folder. */
export interface JobPaths {
  /** What the command printed. */
  readonly log: string;
  /** `ARTIFACT_DIR`: every `junit*.xml` in it or below is taken in. */
  readonly artifacts: string;
  /** `JUNIT_FILE`: where a job with one report is to write it, in `artifacts`. */
  readonly junit: string;
  /** Home and temporary folder of the command. */
  readonly scratch: string;
  /** Record of the process group, for clearing up after a Slipway that was killed. */
  readonly leader: string;
}

/** How a command ended. */
export interface CommandResult {
  /** `null` when it was ended by a signal or could not be started. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Why it could not be started at all. */
  readonly startError: string | null;
  /** Bytes of output beyond the limit of the log, not kept. */
  readonly droppedLogBytes: number;
}

/** Where and how a job's command runs; `shellRunner` runs it on this machine. */
export interface JobRunner {
  readonly name: string;
  /** Runs the command to its end. Whatever the command does is a result; only failures of the runner itself throw. */
  run(definition: JobDefinition, context: JobContext, paths: JobPaths): Promise<CommandResult>;
}

/** One `<testcase>` of a JUnit report, as it stands there. */
export interface TestCase {
  /** Names of the suites it is in, outermost first, joined by ` / `. */
  readonly suite: string;
  readonly className: string;
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** Of the failure, error or skip. */
  readonly message: string | undefined;
  /** Text of the failure, system-out and system-err, shortened. */
  readonly output: string | undefined;
}

export interface JUnitReport {
  readonly cases: readonly TestCase[];
  /** Failures and errors that suites state beyond those of their cases: something failed that no case tells of. */
  readonly unaccountedFailures: number;
}

export type TestStatus = 'passed' | 'failed' | 'flaked' | 'skipped';

/** One test, merged over all its occurrences in a run; `flaked`: it failed and it passed. */
export interface TestResult extends Omit<TestCase, 'status'> {
  readonly status: TestStatus;
}

export interface RunSummary {
  /** Distinct tests, skipped ones included. */
  readonly tests: number;
  readonly passed: number;
  readonly failures: number;
  readonly flakes: number;
  readonly skipped: number;
  /** Sum of the tests' own times. */
  readonly seconds: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
}

/** `failed`: the tests say so. `errored`: the run proves nothing (no report, no tests, timeout, crash). */
export type RunState = 'passed' | 'failed' | 'errored';

/** One attempt of a job, judged. */
export interface JobRun {
  readonly job: string;
  readonly attempt: number;
  readonly blocking: boolean;
  readonly state: RunState;
  /** One sentence. */
  readonly reason: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly command: CommandResult;
  readonly summary: RunSummary;
  readonly tests: readonly TestResult[];
  readonly logPath: string;
  /** JUnit files taken in, relative to the artifact folder, with the sha256 of their bytes: the evidence. */
  readonly reports: readonly { readonly file: string; readonly digest: string }[];
}
