import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { messageOf, storageError, systemCode } from '../util/index.ts';
import { collectOutput } from './log.ts';
import { recordLeader, signalGroup } from './process-group.ts';
import type { CommandResult, JobContext, JobDefinition, JobPaths, JobRunner } from './types.ts';

export interface ShellRunnerOptions {
  /** Bytes of output that are kept of one attempt. Default 10 MiB. */
  readonly logLimit?: number;
  /** Between asking a command to end (SIGTERM) and ending it (SIGKILL). Default 5 s. */
  readonly graceSeconds?: number;
  /** Folders that commands find their programs in. Default: those of this process. */
  readonly path?: string;
}

const DEFAULT_LOG_LIMIT = 10 * 1024 * 1024;
const DEFAULT_GRACE_SECONDS = 5;
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs jobs on this machine: the command is executed when it is executable, else read by `sh`, in a process group of
 * its own and in a clean environment: `PATH`, `LANG`, `HOME`, `TMPDIR`, `ARTIFACT_DIR`, `JUNIT_FILE`, what the job and
 * its context state, and nothing else of Slipway's own. At the end, whatever is left of the group is killed.
 */
export function shellRunner(options: ShellRunnerOptions = {}): JobRunner {
  const {
    logLimit = DEFAULT_LOG_LIMIT,
    graceSeconds = DEFAULT_GRACE_SECONDS,
    path = process.env.PATH ?? DEFAULT_PATH,
  } = options;
  return {
    name: 'shell',
    async run(definition, context, paths) {
      const [file, args] = await invocation(definition.command);
      const env = {
        PATH: path,
        LANG: 'C.UTF-8',
        HOME: paths.scratch,
        TMPDIR: paths.scratch,
        ...definition.env,
        ...context.env,
        ARTIFACT_DIR: paths.artifacts,
        JUNIT_FILE: paths.junit,
      };
      const child = spawn(file, args, { cwd: paths.scratch, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      const log = collectOutput([child.stdout, child.stderr], paths.log, logLimit);
      // A log that cannot be written ends the job; `finish` then says why.
      log.written.catch(() => endGroup(child, 'SIGKILL'));
      try {
        const end = await supervise(child, definition, context, paths, graceSeconds);
        return { ...end, droppedLogBytes: await log.finish() };
      } catch (error) {
        throw storageError(error, paths.log);
      }
    },
  };
}

async function invocation([program, ...args]: JobDefinition['command']): Promise<[string, string[]]> {
  return (await isExecutable(program)) ? [program, args] : ['sh', [program, ...args]];
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES' || code === 'ENOENT') return false;
    throw error;
  }
}

/** Waits for the command's end, brings it about when time is up or the run is to stop, and clears up after it. */
async function supervise(
  child: ChildProcess,
  definition: JobDefinition,
  { signal }: JobContext,
  paths: JobPaths,
  graceSeconds: number,
): Promise<Omit<CommandResult, 'droppedLogBytes'>> {
  const exited = exitOf(child);
  let timedOut = false;
  let aborted = false;
  let hardEnd: NodeJS.Timeout | undefined;
  const end = (): void => {
    endGroup(child, 'SIGTERM');
    hardEnd ??= setTimeout(() => endGroup(child, 'SIGKILL'), graceSeconds * 1000);
  };
  const timeUp = setTimeout(() => {
    timedOut = true;
    end();
  }, definition.timeoutSeconds * 1000);
  const abort = (): void => {
    aborted = true;
    end();
  };
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    await recordLeader(child, paths.leader);
    const startError = await exited;
    return {
      exitCode: startError === null ? child.exitCode : null,
      signal: child.signalCode,
      timedOut,
      aborted,
      startError,
    };
  } finally {
    clearTimeout(timeUp);
    clearTimeout(hardEnd);
    signal?.removeEventListener('abort', abort);
    endGroup(child, 'SIGKILL');
  }
}

/** Resolves at the command's end, with the reason when it never began. */
function exitOf(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('exit', () => resolve(null));
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid !== undefined) signalGroup(child.pid, signal);
}
