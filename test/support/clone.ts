import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const SLIPWAY = join(ROOT, 'bin/slipway');

export interface Scope {
  after(work: () => Promise<void>): void;
}

const cleanups = new WeakMap<Scope, (() => Promise<void>)[]>();

/**
 * What is to be done when a test ends, the last thing first: node:test does the first one first, and would remove the folder
 * of a workspace that is still open.
 */
export function atEnd(t: Scope, work: () => Promise<void>): void {
  const known = cleanups.get(t);
  if (known !== undefined) {
    known.push(work);
    return;
  }
  const stack = [work];
  cleanups.set(t, stack);
  t.after(async () => {
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) await next();
  });
}

/** A folder that is removed when the test ends, whatever happened. */
export async function temporaryFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-test-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Outcome {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    maxBuffer: 64 << 20,
  });
  if (result.error) throw result.error;
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Same as `run`, for the slipway program. */
export function slipway(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly cwd?: string } = {},
): Outcome {
  return run(SLIPWAY, args, options);
}

/** Runs a command without blocking this process, which may be serving what it asks for. */
export function aside(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text));
    child.once('error', reject).once('close', (code) => resolve({ code, ...output }));
  });
}

/** Runs slipway without blocking this process. */
export function slipwayAside(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return aside(SLIPWAY, args, env);
}

export interface Running {
  readonly process: ChildProcess;
  readonly output: () => string;
  /** Resolves when the output holds `text`; rejects when the process ends or time runs out first. */
  waitFor(text: string, seconds?: number): Promise<void>;
  /** Ends the process by a signal and waits for it; returns its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a command in the background; it is killed when the test ends. */
export function start(t: Scope, command: string, args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return await ended;
  };
  atEnd(t, async () => {
    await stop('SIGKILL');
  });
  const waitFor = async (text: string, seconds = 120): Promise<void> => {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      if (output.includes(text)) return;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended before "${text}":\n${output}`);
      if (Date.now() > deadline) throw new Error(`no "${text}" within ${seconds} s:\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { process: child, output: () => output, waitFor, stop };
}

/** Why a test that needs these programs is skipped, or `false`. */
export function lacks(...programs: readonly string[]): string | false {
  const missing = programs.filter(
    (program) =>
      !['/usr/bin', '/usr/sbin', '/usr/local/bin', '/bin'].some((folder) => existsSync(resolve(folder, program))),
  );
  return missing.length === 0 ? false : `${missing.join(', ')} not installed on this machine`;
}

/** Why a test that needs the shared vectors is skipped, or `false`. */
export function lacksShared(path: string): string | false {
  return existsSync(join(ROOT, '../shared', path)) ? false : `../shared/${path} is not here`;
}
