import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

/** A temporary folder that other users can look into, removed after the test. */
export async function temporaryFolder(t: Pick<TestContext, 'after'>, mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-db-'));
  await chmod(folder, mode);
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The next line of its output; rejects with its error output when it ends instead. */
  line(): Promise<string>;
  /** Waits for its end: exit code, all further lines, error output. */
  end(): Promise<{ code: number | null; lines: string[]; stderr: string }>;
}

/** Runs a module in a Node.js process of its own; `import(…)` in it is relative to this folder. */
export function runChild(
  t: Pick<TestContext, 'after'>,
  code: string,
  options: { uid?: number; gid?: number; env?: Record<string, string> } = {},
): Child {
  const module = `const here = (path) => import(new URL(path, ${JSON.stringify(import.meta.url)}).href);\n${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', module], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    ...options,
    env: { PATH: process.env.PATH, ...options.env },
  });
  const exited = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return {
    process: child,
    pid: child.pid as number,
    async line() {
      const next = await lines.next();
      if (!next.done) return next.value;
      await exited;
      throw new Error(`the child ended with ${child.exitCode ?? child.signalCode}: ${stderr}`);
    },
    async end() {
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) rest.push(next.value);
      await exited;
      return { code: child.exitCode, lines: rest, stderr };
    },
  };
}
