import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import {
  identifyProcess,
  ifThere,
  isAlive,
  messageOf,
  parserOf,
  prettyJson,
  SlipwayError,
  writeFileAtomic,
} from '../../util/index.ts';

/** `server.json` in a workspace: the address of the process that has it open, and which process that is. */
const parseRecord = parserOf(
  Type.Object({ url: Type.String(), pid: Type.Integer(), startTicks: Type.String(), bootId: Type.String() }),
  'WORKSPACE_INVALID',
);
const ANSWER_MS = 3000;

function recordOf(data: string): string {
  return join(data, 'server.json');
}

/** Lets other commands find the server of a workspace that this process has open. */
export async function recordServer(data: string, url: string): Promise<void> {
  await writeFileAtomic(recordOf(data), prettyJson({ url, ...(await identifyProcess(process.pid)) }));
}

/** To be called by the process that has the workspace open. */
export async function forgetServer(data: string): Promise<void> {
  await rm(recordOf(data), { force: true });
}

/**
 * URL of the server that has the workspace open, or `undefined` when there is none. A record that a killed process
 * left is told by the process: the port may by now be that of another workspace's server. Errors:
 * `CLI_SERVER_SILENT`, `WORKSPACE_INVALID`.
 */
export async function runningServer(data: string): Promise<string | undefined> {
  const file = recordOf(data);
  const text = await ifThere(readFile(file, 'utf8'), file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SlipwayError('WORKSPACE_INVALID', 'the record of the server is not JSON.', {
      place: { file },
      hint: 'Remove the file when no server has this workspace open.',
      cause: error,
    });
  }
  const { url, ...server } = parseRecord(value, { file });
  if (!(await isAlive(server))) return undefined;
  try {
    await (await fetch(new URL('/api/status', url), { signal: AbortSignal.timeout(ANSWER_MS) })).arrayBuffer();
    return url;
  } catch (error) {
    throw new SlipwayError(
      'CLI_SERVER_SILENT',
      `process ${server.pid} has this workspace open, but does not answer at ${url}: ${messageOf(error)}.`,
      { place: { file }, cause: error },
    );
  }
}
