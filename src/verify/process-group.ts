import type { ChildProcess } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { canonicalJson, identifyProcess, parserOf, SlipwayError, systemCode } from '../util/index.ts';

const parseLeader = parserOf(
  Type.Object({ pid: Type.Integer({ minimum: 2 }), startTicks: Type.String(), bootId: Type.String() }),
  'VERIFY_LEADER_INVALID',
);

/** Sends a signal to all processes of a group. One that is empty, or belongs to another user by now, is left alone. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** Writes down who leads a group, for `endLeftovers` of a later process. */
export async function recordLeader(child: ChildProcess, file: string): Promise<void> {
  const leader = child.pid === undefined ? undefined : await identifyProcess(child.pid);
  if (leader !== undefined) await writeFile(file, canonicalJson(leader));
}

/**
 * Kills what is left of the group recorded in `file`: a Slipway that was killed leaves its jobs running, and they would
 * write among the results of the next run. The id of a group is not given away while the group has a process, so a
 * leader that is gone, or still the same, vouches for the group; another process of that id means that it is gone.
 */
export async function endLeftovers(file: string): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  const leader = parseRecord(text, file);
  if (leader === undefined) return;
  const now = await identifyProcess(leader.pid);
  const boot = now?.bootId ?? (await identifyProcess(process.pid))?.bootId;
  if (boot === leader.bootId && (now === undefined || now.startTicks === leader.startTicks))
    signalGroup(leader.pid, 'SIGKILL');
  await rm(file, { force: true });
}

/** A record that a power cut left torn is of a boot that is over, and so are its processes. */
function parseRecord(text: string, file: string): ReturnType<typeof parseLeader> | undefined {
  try {
    return parseLeader(JSON.parse(text), { file });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SlipwayError) return undefined;
    throw error;
  }
}
