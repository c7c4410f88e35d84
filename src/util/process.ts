import { readFile } from 'node:fs/promises';
import { systemCode } from './errors.ts';

/**
 * A process that cannot be confused with a later one of the same id: proc(5), field 22 of `/proc/PID/stat` (start time
 * in ticks since boot), and the id of the boot those ticks count from.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
}

/** The identity of a live process; `undefined` when there is none of this id, or only its unreaped remains. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (startTicks === undefined || state === 'Z' || state === 'X') return undefined;
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return { pid, startTicks, bootId };
}

/** Whether the very process still lives. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Program and arguments of a process; empty when it is gone. Readable for processes of other users too. */
export async function commandLine(pid: number): Promise<readonly string[]> {
  const text = await readProc(`/proc/${pid}/cmdline`);
  return text === undefined ? [] : text.split('\0').slice(0, -1);
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
