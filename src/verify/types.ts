/** One end-to-end job of a stream. */
export interface JobDefinition {
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
  readonly attempt: number;
  /** Added to the clean environment, e.g. `RELEASE_IMAGE_LATEST`. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this attempt alone; made when missing. The log and JUnit files are below it. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

/** How a command ended. */
export interface CommandResult {
  /** `null` when it was ended by a signal. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** Bytes of output beyond the limit of the log, not kept. */
  readonly droppedLogBytes: number;
}

/** Where and how a job's command runs; `shellRunner` runs it on this machine. */
export interface JobRunner {
  readonly name: string;
  run(definition: JobDefinition, context: JobContext, paths: JobPaths): Promise<CommandResult>;
}

/** Files of one attempt. */
export interface JobPaths {
  readonly log: string;
  /** `ARTIFACT_DIR`: every `junit*.xml` in it is taken in. */
  readonly artifacts: string;
}

export type TestStatus = 'passed' | 'failed' | 'flaked' | 'skipped';

/** One test case, merged over all its occurrences in a run. */
export interface TestResult {
  /** Names of the nested suites, joined by ` / `. */
  readonly suite: string;
  readonly name: string;
  readonly status: TestStatus;
  readonly seconds: number;
  /** Of the last failure, else of the skip. */
  readonly message: string | undefined;
  readonly output: string | undefined;
}

export interface RunSummary {
  /** Distinct test cases, skipped ones included. */
  readonly tests: number;
  readonly passed: number;
  readonly failures: number;
  readonly flakes: number;
  readonly skipped: number;
  /** Sum of the cases' own times. */
  readonly seconds: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
}

/** One attempt of a job, judged. */
export interface JobRun {
  readonly job: string;
  readonly attempt: number;
  readonly blocking: boolean;
  /** `failed`: the tests say so. `errored`: the run proves nothing (no report, no tests, timeout, crash). */
  readonly state: 'passed' | 'failed' | 'errored';
  /** One sentence. */
  readonly reason: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly command: CommandResult;
  readonly summary: RunSummary;
  readonly tests: readonly TestResult[];
  readonly logPath: string;
  /** JUnit files taken in, relative to the artifact folder, with their digests: the evidence. */
  readonly reports: readonly { readonly file: string; readonly digest: string }[];
}
