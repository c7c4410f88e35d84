import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine, identifyProcess, isAlive, SlipwayError, systemCode } from '../../util/index.ts';

/** What PostgreSQL writes of itself in `postmaster.pid` (src/include/utils/pidfile.h). */
export interface PostmasterFile {
  readonly pid: number;
  /** The eighth line, written as start-up goes on: `starting`, `ready`, `stopping`. */
  readonly status: string | undefined;
}

const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 10_000;
const POLL_MS = 20;

export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const status = lines[7]?.trim();
  return { pid, status: status === '' ? undefined : status };
}

export async function readPostmasterFile(data: string): Promise<PostmasterFile | undefined> {
  try {
    return parsePostmasterFile(await readFile(join(data, 'postmaster.pid'), 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether these are the program and arguments with which `startServer` started a server on this folder. */
export function servesFolder(command: readonly string[], data: string): boolean {
  const [program = '', ...args] = command;
  return basename(program) === 'postgres' && args.some((arg, index) => arg === '-D' && args[index + 1] === data);
}

/**
 * Ends a server that a killed Slipway left running on this folder: its transactions are rolled back, what was
 * acknowledged is on disk. Called only by the holder of the workspace's lock. Returns the id that `postmaster.pid` names
 * although no server has it: it may be an unrelated process's now, or a dead one's that nobody has waited for.
 * Errors: `DB_ORPHAN_RUNS`.
 */
export async function endOrphan(data: string): Promise<number | undefined> {
  const file = await readPostmasterFile(data);
  if (file === undefined) return undefined;
  const process = await identifyProcess(file.pid);
  if (process === undefined || !servesFolder(await commandLine(file.pid), data)) return file.pid;
  const stops: readonly [NodeJS.Signals, number][] = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
  ];
  for (const [signal, patience] of stops) {
    signalProcess(process.pid, signal);
    const deadline = performance.now() + patience;
    while (performance.now() < deadline) {
      if (!(await isAlive(process))) return file.pid;
      await sleep(POLL_MS);
    }
  }
  throw new SlipwayError(
    'DB_ORPHAN_RUNS',
    `a PostgreSQL that an earlier Slipway left running does not end (pid ${process.pid}).`,
    {
      place: { file: data },
      hint: `End it with "kill -QUIT ${process.pid}", then try again.`,
    },
  );
}

/** Sends a signal; a process that has ended in the meantime is what was wanted. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}
