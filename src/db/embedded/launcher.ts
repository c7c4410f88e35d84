import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { Binaries } from './binaries.ts';

/** An account of this machine. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Starts PostgreSQL's programs as an account that PostgreSQL accepts. */
export interface Launcher {
  /** Who the programs run as, and who owns their files. */
  readonly account: Account;
  /** How, in words, for errors and logs. */
  readonly way: string;
  spawn(program: string, args: readonly string[], options?: LaunchOptions): ChildProcess;
}

export interface LaunchOptions {
  readonly stdio?: StdioOptions;
  /** Own session, so that Ctrl-C in a terminal reaches Slipway only, which then ends PostgreSQL in order. */
  readonly detached?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

interface Way {
  readonly title: string;
  wrap(account: Account, program: string, args: readonly string[]): { file: string; args: string[]; drop: boolean };
}

const PLAIN: Way = { title: 'as this user', wrap: (_, file, args) => ({ file, args: [...args], drop: false }) };
const DROPPED: Way = {
  title: 'as an unprivileged user',
  wrap: (_, file, args) => ({ file, args: [...args], drop: true }),
};

/**
 * An unprivileged user that keeps one capability (capabilities(7)), for a clone or a workspace below a folder closed to
 * others, such as /root. `no_setuid_fixup` makes access(2) count it, by which initdb looks for its sibling programs.
 */
const withCapability = (capability: string): Way => ({
  title: `as an unprivileged user with CAP_${capability.toUpperCase()}`,
  wrap: ({ uid, gid }, program, args) => {
    const only = `-all,+${capability}`;
    const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
    const capabilities = [`--bounding-set=${only}`, `--inh-caps=${only}`, `--ambient-caps=${only}`];
    const rest = ['--securebits=+no_setuid_fixup', '--', program, ...args];
    return { file: 'setpriv', args: [...identity, ...capabilities, ...rest], drop: false };
  },
});

const CAPTURED: StdioOptions = ['ignore', 'pipe', 'pipe'];

/** From the least power to the most: the first way that works is taken. */
const ROOT_WAYS: readonly Way[] = [DROPPED, withCapability('dac_read_search'), withCapability('dac_override')];

/** Accounts that PostgreSQL may run as when Slipway is root: one made for it, else the one every system has. */
const ACCOUNTS = ['slipway', 'nobody'];

/** The account that PostgreSQL's files are to belong to. Errors: `DB_NO_ACCOUNT`. */
export async function chooseAccount(): Promise<Account> {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { name: userInfo().username, uid, gid };
  const entries = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ACCOUNTS) {
    const entry = entries.find((fields) => fields[0] === name);
    if (entry && Number(entry[2]) > 0) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new SlipwayError(
    'DB_NO_ACCOUNT',
    `PostgreSQL does not run as root, and there is no user ${ACCOUNTS.join(' or ')}.`,
    {
      hint: 'Make a user "slipway", run Slipway as another user, or set DATABASE_URL.',
    },
  );
}

/**
 * Finds how to run the binaries so that they can read their own files and write in `folder` (which belongs to
 * `account`), by trying. Errors: `DB_NOT_STARTABLE` with what each way said.
 */
export async function chooseLauncher(binaries: Binaries, account: Account, folder: string): Promise<Launcher> {
  const failures: string[] = [];
  for (const way of userInfo().uid === 0 ? ROOT_WAYS : [PLAIN]) {
    const launcher = launcherFor(way, account, binaries);
    const failure = await probe(launcher, binaries, folder);
    if (failure === undefined) return launcher;
    failures.push(`${way.title} (${account.name}): ${failure}`);
  }
  throw new SlipwayError('DB_NOT_STARTABLE', `PostgreSQL cannot be run here: ${failures.join('; ')}.`, {
    place: { file: folder },
    hint: 'Run Slipway as a user who owns the clone and the workspace, or set DATABASE_URL.',
  });
}

function launcherFor(way: Way, account: Account, binaries: Binaries): Launcher {
  return {
    account,
    way: way.title,
    spawn(program, args, { stdio = CAPTURED, detached = false, env = {} } = {}) {
      const { file, args: argv, drop } = way.wrap(account, program, args);
      // Nothing of the caller's environment: PGDATA, PGOPTIONS, LANG and the like would change what is started.
      const clean = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };
      return spawn(file, argv, {
        stdio,
        detached,
        cwd: '/',
        env: { ...clean, LD_LIBRARY_PATH: binaries.libraryPath, ...env },
        ...(drop ? { uid: account.uid, gid: account.gid } : {}),
      });
    },
  };
}

/** What is in the way, or nothing. Real reads and writes: test(1) and access(2) do not tell what capabilities allow. */
async function probe(launcher: Launcher, binaries: Binaries, folder: string): Promise<string | undefined> {
  const script = '"$1" -V >/dev/null && : <"$2" && : >"$3" && rm "$3"';
  const files = [binaries.postgres, binaries.bootstrapData, join(folder, '.probe')];
  try {
    const { code, stderr } = await finish(launcher.spawn('/bin/sh', ['-c', script, 'probe', ...files]));
    return code === 0 ? undefined : stderr.trim().split('\n').at(-1) || `exit code ${code}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Waits for a program's end; rejects when it could not be started at all. */
export async function finish(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([
    closed,
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
  ]);
  return { code, stdout, stderr };
}
