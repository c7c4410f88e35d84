import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { commandLine, SlipwayError } from '../util/index.ts';
import {
  type JobDefinition,
  type JobRun,
  parseJobs,
  runJob,
  runJobs,
  type ShellRunnerOptions,
  shellRunner,
} from './index.ts';

const PASSING = `<testsuite><testcase name="works"/></testsuite>`;

let folder: string;
let jobs = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-verify-'));
});
after(() => rm(folder, { recursive: true }));

async function job(script: string, more: Partial<JobDefinition> = {}): Promise<JobDefinition> {
  const name = `job-${++jobs}`;
  const file = join(folder, `${name}.sh`);
  await writeFile(file, script);
  return { name, title: name, blocking: true, command: [file], timeoutSeconds: 20, maxRetries: 0, env: {}, ...more };
}

let ticks = 0;
const clock = (): Date => new Date(Date.UTC(2026, 10, 23, 5, 15, ++ticks));

async function run(
  script: string,
  more: Partial<JobDefinition> = {},
  options: ShellRunnerOptions & { signal?: AbortSignal } = {},
): Promise<JobRun> {
  const definition = await job(script, more);
  const { signal, ...rest } = options;
  const directory = join(folder, 'runs', definition.name);
  const context = {
    attempt: 1,
    env: { RELEASE_IMAGE_LATEST: 'localhost/okd@sha256:aa' },
    directory,
    clock,
    ...(signal ? { signal } : {}),
  };
  return await runJob(definition, context, shellRunner({ graceSeconds: 0.3, ...rest }));
}

/** Waits for a process's end; fails when it does not come. */
async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 400 && (await commandLine(pid)).length > 0; i++)
    await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(await commandLine(pid), [], `process ${pid} still runs`);
}

test('a job gets a clean environment and its report is taken in', async () => {
  process.env.SLIPWAY_TEST_SECRET = 'of slipway';
  const result = await run(
    `set -eu
     env | cut -d= -f1 | grep -vE '^(PWD|OLDPWD|SHLVL|_)$' | sort | tr '\\n' ' '
     pwd
     test "$RELEASE_IMAGE_LATEST" = localhost/okd@sha256:aa
     echo '${PASSING}' > "$JUNIT_FILE"`,
    { env: { STREAM: 'next' } },
  );
  delete process.env.SLIPWAY_TEST_SECRET;
  const log = await readFile(result.logPath, 'utf8');
  assert.match(log, /^ARTIFACT_DIR HOME JUNIT_FILE LANG PATH RELEASE_IMAGE_LATEST STREAM TMPDIR /);
  assert.match(log, /scratch\n$/);
  assert.equal(result.state, 'passed', `${result.reason}\n${log}`);
  assert.equal(result.finishedAt.getTime() - result.startedAt.getTime(), 1000, 'by the clock that was passed in');
  assert.deepEqual(
    result.reports.map((report) => report.file),
    ['junit.xml'],
  );
  assert.match(result.reports[0]?.digest ?? '', /^sha256:[0-9a-f]{64}$/);
  assert.equal(result.summary.passed, 1);
});

test('an executable is run as such, with its arguments', async () => {
  const definition = await job(`#!/bin/sh\necho "$0 $1"; echo '${PASSING}' > "$ARTIFACT_DIR/junit-$1.xml"`);
  await chmod(definition.command[0], 0o755);
  const context = { attempt: 1, env: {}, directory: join(folder, 'runs', definition.name), clock };
  const result = await runJob({ ...definition, command: [definition.command[0], 'e2e'] }, context, shellRunner());
  assert.deepEqual([result.state, result.reports[0]?.file], ['passed', 'junit-e2e.xml']);
});

test('what proves nothing does not pass', async () => {
  const cases: [script: string, state: string, reason: RegExp][] = [
    ['exit 0', 'errored', /no JUnit report/],
    ['exit 7', 'errored', /no JUnit report.*exit code 7/],
    [`echo '${PASSING.slice(0, 20)}' > "$JUNIT_FILE"`, 'errored', /junit\.xml cannot be read/],
    [
      `echo '${PASSING}' > "$JUNIT_FILE"; echo broken > "$ARTIFACT_DIR/junit_2.xml"`,
      'errored',
      /junit_2\.xml cannot be read/,
    ],
    [`echo '<testsuite/>' > "$JUNIT_FILE"`, 'errored', /no test/],
    [`echo '${PASSING}' > "$JUNIT_FILE"; exit 1`, 'errored', /exit code 1/],
    [`echo '<testsuite><testcase name="a"><failure/></testcase></testsuite>' > "$JUNIT_FILE"`, 'failed', /1 of 1/],
    [`echo '${PASSING}' > "$ARTIFACT_DIR/other.xml"`, 'errored', /no JUnit report/],
    [`echo '${PASSING}' > "$TMPDIR/r"; ln -s "$TMPDIR/r" "$JUNIT_FILE"`, 'errored', /no JUnit report/],
    [`head -c 40000000 /dev/zero > "$JUNIT_FILE"`, 'errored', /at most/],
    ['rm -r "$ARTIFACT_DIR"', 'errored', /cannot be listed/],
    ['rm -r "$ARTIFACT_DIR"; echo > "$ARTIFACT_DIR"', 'errored', /cannot be listed/],
  ];
  for (const [script, state, reason] of cases) {
    const result = await run(script);
    assert.equal(result.state, state, script);
    assert.match(result.reason, reason, script);
  }
});

test('a command that is not there could not be started', async () => {
  const missing = await run('', { command: [join(folder, 'missing.sh')] });
  assert.equal(missing.state, 'errored');
  const noInterpreter = await job('#!/no/such/interpreter\n');
  await chmod(noInterpreter.command[0], 0o755);
  const result = await run('', { command: noInterpreter.command });
  assert.equal(result.state, 'errored');
  assert.match(result.reason, /could not be started.*ENOENT/);
});

test('reports in folders count, and a test that passes in another file flaked', async () => {
  const result = await run(
    `mkdir -p "$ARTIFACT_DIR/a/b"
     echo '<testsuite name="s"><testcase name="x"><failure/></testcase></testsuite>' > "$ARTIFACT_DIR/a/b/junit1.xml"
     echo '<testsuite name="s"><testcase name="x"/></testsuite>' > "$ARTIFACT_DIR/a/junit2.xml"`,
  );
  assert.deepEqual(
    [result.state, result.summary.flakes, result.reports.map((report) => report.file)],
    ['passed', 1, ['a/b/junit1.xml', 'a/junit2.xml']],
  );
});

test('when time is up the whole group goes, also what ignores SIGTERM', async () => {
  const result = await run(
    `echo '${PASSING}' > "$JUNIT_FILE"
     sh -c 'trap "" TERM; echo child $$; while :; do sleep 0.1; done' &
     trap "" TERM
     wait`,
    { timeoutSeconds: 1 },
  );
  assert.deepEqual([result.state, result.command.timedOut, result.command.signal], ['errored', true, 'SIGKILL']);
  const child = /child (\d+)/.exec(await readFile(result.logPath, 'utf8'));
  await gone(Number(child?.[1]));
});

test('one that ends on SIGTERM may clear up first', async () => {
  const result = await run(
    `trap 'echo cleared; exit 4' TERM; sleep 60 & wait`,
    { timeoutSeconds: 1 },
    { graceSeconds: 10 },
  );
  assert.deepEqual([result.command.timedOut, result.command.exitCode], [true, 4]);
  assert.match(await readFile(result.logPath, 'utf8'), /cleared/);
});

test('what a job leaves running in the background is ended, and does not hold it up', async () => {
  const result = await run(`sleep 100000 & echo child $!; echo '${PASSING}' > "$JUNIT_FILE"`);
  assert.equal(result.state, 'passed');
  await gone(Number(/child (\d+)/.exec(await readFile(result.logPath, 'utf8'))?.[1]));
});

test('a process that leaves the group and keeps the output open is not waited for', async (t) => {
  const result = await run(`setsid sleep 30 & echo child $!; echo '${PASSING}' > "$JUNIT_FILE"; sleep 0.2`);
  const pid = Number(/child (\d+)/.exec(await readFile(result.logPath, 'utf8'))?.[1]);
  t.after(() => process.kill(pid, 'SIGKILL'));
  assert.equal(result.state, 'passed');
});

test('output beyond the limit is left out, and said', async () => {
  const result = await run(
    `head -c 300000 /dev/zero | tr '\\0' x; echo '${PASSING}' > "$JUNIT_FILE"`,
    {},
    { logLimit: 1000 },
  );
  const log = await readFile(result.logPath, 'utf8');
  assert.equal(result.command.droppedLogBytes, 299_000);
  assert.match(log, /^x{1000}\n\[the log is limited to 1000 bytes; 299000 more were left out\]\n$/);
});

test('a log that cannot be written ends the job with an error of the disk', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('there is no /dev/full');
  const definition = await job('yes');
  const paths = {
    log: '/dev/full',
    artifacts: folder,
    junit: join(folder, 'junit.xml'),
    scratch: folder,
    leader: join(folder, 'leader'),
  };
  const context = { attempt: 1, env: {}, directory: folder, clock };
  await assert.rejects(shellRunner().run(definition, context, paths), { code: 'STORAGE_FULL' });
});

test('a stop from outside ends the job, and no further attempt begins', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const result = await run('sleep 60', {}, { signal: stop.signal });
  assert.deepEqual([result.state, result.command.aborted], ['errored', true]);
  const definition = await job('exit 0', { maxRetries: 3 });
  const context = { env: {}, directory: folder, clock, signal: stop.signal };
  await assert.rejects(
    runJobs([definition], context, shellRunner()),
    (error) => error instanceof SlipwayError && error.code === 'VERIFY_STOPPED',
  );
});

test('a run begins afresh: what a killed Slipway left running is ended, what it left lying is removed', async () => {
  const definition = await job('exit 0');
  const directory = join(folder, 'runs', definition.name);
  await mkdir(join(directory, 'artifacts'), { recursive: true });
  await writeFile(join(directory, 'artifacts', 'junit.xml'), PASSING);
  // As the killed process would have left it: a group whose leader is recorded.
  const module = `
    const { shellRunner } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const paths = Object.fromEntries(['log', 'artifacts', 'junit', 'scratch', 'leader'].map((name) => [name, process.env.DIR + '/' + name]));
    const definition = { command: ['/bin/sh', '-c', 'sleep 60 & echo $! > $TMPDIR/pid; wait'], timeoutSeconds: 60, env: {} };
    await shellRunner().run(definition, { env: {} }, { ...paths, scratch: process.env.DIR, leader: process.env.DIR + '/process.json' });`;
  const killed = spawn(process.execPath, ['--input-type=module', '--eval', module], {
    env: { ...process.env, DIR: directory },
    stdio: 'inherit',
  });
  let pid = 0;
  for (let i = 0; i < 400 && !(pid > 0); i++) {
    await new Promise((done) => setTimeout(done, 50));
    pid = Number(await readFile(join(directory, 'pid'), 'utf8').catch(() => '0'));
    if (pid > 0) await readFile(join(directory, 'process.json')).catch(() => (pid = 0));
  }
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.notDeepEqual(await commandLine(pid), [], 'the case is what it says');
  const result = await runJob(definition, { attempt: 1, env: {}, directory, clock }, shellRunner());
  await gone(pid);
  assert.match(result.reason, /no JUnit report/);
});

test('jobs run again until one attempt passes, each attempt in a folder of its own', async () => {
  const flaky = await job(
    `test -e ${folder}/been-here && echo '${PASSING}' > "$JUNIT_FILE"
     touch ${folder}/been-here`,
    { maxRetries: 3 },
  );
  const broken = await job('exit 1', { maxRetries: 1, blocking: false });
  const told: string[] = [];
  const directory = join(folder, 'all');
  const context = {
    env: {},
    directory,
    clock,
    concurrency: 2,
    onStart: ({ name }: JobDefinition, attempt: number) => void told.push(`${name} ${attempt} begins`),
    onRun: (result: JobRun) => void told.push(`${result.job} ${result.attempt} ${result.state}`),
  };
  const runs = await runJobs([flaky, broken], context, shellRunner());
  assert.deepEqual(
    runs.map(({ job: name, attempt, state, blocking }) => [name, attempt, state, blocking]),
    [
      [flaky.name, 1, 'errored', true],
      [flaky.name, 2, 'passed', true],
      [broken.name, 1, 'errored', false],
      [broken.name, 2, 'errored', false],
    ],
  );
  assert.equal(runs[1]?.logPath, join(directory, flaky.name, '2', 'output.log'));
  assert.equal(told.length, 8);
  assert.deepEqual(
    told.filter((line) => line.startsWith(flaky.name)),
    [1, 2].flatMap((n) => [`${flaky.name} ${n} begins`, `${flaky.name} ${n} ${n === 1 ? 'errored' : 'passed'}`]),
  );
});

test('a folder that cannot be used is an error of the disk, not a verdict', async () => {
  const definition = await job('exit 0');
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  await assert.rejects(runJob(definition, { attempt: 1, env: {}, directory: join(file, 'x'), clock }, shellRunner()), {
    code: 'STORAGE_NOT_A_FOLDER',
  });
});

test('job definitions: defaults, and errors that name the field', () => {
  const minimal = {
    name: 'e2e',
    title: 'End to end',
    blocking: true,
    command: ['/x/run.sh', '-v'],
    timeoutSeconds: 60,
  };
  assert.deepEqual(parseJobs([minimal]), [{ ...minimal, maxRetries: 0, env: {} }]);
  const wrong: [object, RegExp][] = [
    [{ ...minimal, name: '../x' }, /0\.name/],
    [{ ...minimal, command: [] }, /0\.command/],
    [{ ...minimal, command: 'run.sh' }, /0\.command/],
    [{ ...minimal, timeoutSeconds: 0 }, /0\.timeoutSeconds/],
    [{ ...minimal, maxRetries: 99 }, /0\.maxRetries/],
    [{ ...minimal, env: { 'A=B': 'c' } }, /0\.env/],
    [{ ...minimal, extra: 1 }, /0/],
  ];
  for (const [value, field] of wrong) {
    assert.throws(
      () => parseJobs([value], { file: 'release.yaml' }),
      (error) =>
        error instanceof SlipwayError && error.code === 'VERIFY_JOB_INVALID' && field.test(error.place.field ?? ''),
      JSON.stringify(value),
    );
  }
  assert.throws(() => parseJobs([minimal, minimal]), /two jobs are named "e2e"/);
});
