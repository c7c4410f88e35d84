import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  attemptsOf,
  type CommandResult,
  jobOutcome,
  judgeRun,
  mergeCases,
  passRate,
  type RunState,
  summariseRun,
  type TestCase,
  testName,
} from './index.ts';

const one = (name: string, status: TestCase['status'], more: Partial<TestCase> = {}): TestCase => ({
  suite: 's',
  className: '',
  name,
  status,
  seconds: 1,
  message: status === 'passed' ? undefined : `${name} ${status}`,
  output: undefined,
  ...more,
});
const good: CommandResult = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  aborted: false,
  startError: null,
  droppedLogBytes: 0,
};

function judge(
  command: Partial<CommandResult>,
  cases: readonly TestCase[],
  unaccountedFailures = 0,
): { state: RunState; reason: string } {
  return judgeRun(
    { ...good, ...command },
    { reports: [{ cases, unaccountedFailures }] },
    summariseRun(mergeCases(cases)),
  );
}

test('a test that failed and passed in one run flaked; suite, class and name tell tests apart', () => {
  const merged = mergeCases([
    one('a', 'failed', { seconds: 0.1 }),
    one('b', 'skipped'),
    one('a', 'passed', { seconds: 0.2 }),
    one('a', 'passed', { suite: 't' }),
    one('a', 'failed', { className: 'C' }),
    one('b', 'passed'),
    one('c', 'failed', { message: 'first' }),
    one('c', 'failed', { message: 'last' }),
    one('d', 'skipped'),
  ]);
  assert.deepEqual(
    merged.map(({ suite, className, name, status, seconds, message }) => [
      suite,
      className,
      name,
      status,
      seconds,
      message,
    ]),
    [
      ['s', '', 'a', 'flaked', 0.3, 'a failed'],
      ['s', '', 'b', 'passed', 2, undefined],
      ['t', '', 'a', 'passed', 1, undefined],
      ['s', 'C', 'a', 'failed', 1, 'a failed'],
      ['s', '', 'c', 'failed', 2, 'last'],
      ['s', '', 'd', 'skipped', 1, 'd skipped'],
    ],
  );
  const summary = summariseRun(merged);
  assert.deepEqual(summary, {
    tests: 6,
    passed: 2,
    failures: 2,
    flakes: 1,
    skipped: 1,
    seconds: 7.3,
    failed: [
      { name: 'C › a', message: 'a failed' },
      { name: 'c', message: 'last' },
    ],
  });
  assert.equal(testName({ className: 'a.B', name: 'a.B.works' }), 'a.B.works');
});

test('passes only with a good end and a test that ran', () => {
  assert.deepEqual(judge({}, [one('a', 'passed'), one('b', 'skipped')]), {
    state: 'passed',
    reason: '1 tests passed.',
  });
  assert.equal(judge({}, [one('a', 'failed'), one('a', 'passed')]).state, 'passed');
  const cases: [RunState, RegExp, Partial<CommandResult>, TestCase[], number?][] = [
    ['failed', /1 of 2 tests failed/, {}, [one('a', 'failed'), one('b', 'passed')]],
    ['failed', /1 of 1/, { exitCode: 1 }, [one('a', 'failed')]],
    ['failed', /no test case shows/, {}, [one('a', 'passed')], 1],
    ['errored', /hold no test/, {}, []],
    ['errored', /All 1 tests were skipped/, {}, [one('a', 'skipped')]],
    ['errored', /exit code 3/, { exitCode: 3 }, [one('a', 'passed')]],
    ['errored', /signal SIGSEGV/, { exitCode: null, signal: 'SIGSEGV' }, [one('a', 'passed')]],
    ['errored', /too long/, { timedOut: true }, [one('a', 'passed')]],
    ['errored', /stopped/, { aborted: true }, [one('a', 'failed')]],
    ['errored', /could not be started: ENOENT/, { exitCode: null, startError: 'ENOENT' }, []],
  ];
  for (const [state, reason, command, testCases, unaccounted] of cases) {
    const judged = judge(command, testCases, unaccounted);
    assert.equal(judged.state, state, judged.reason);
    assert.match(judged.reason, reason);
  }
  assert.deepEqual(judgeRun(good, { problem: 'The job left no JUnit report.' }, summariseRun([])), {
    state: 'errored',
    reason: 'The job left no JUnit report. (exit code 0)',
  });
});

test('property: passed means exit code 0, nothing failed for good, something ran', () => {
  const testCase = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    status: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
  });
  const command = fc.record({
    exitCode: fc.constantFrom(0, 1, null),
    timedOut: fc.boolean(),
    aborted: fc.boolean(),
    startError: fc.constantFrom(null, 'x'),
  });
  fc.assert(
    fc.property(command, fc.array(testCase, { maxLength: 6 }), fc.nat(1), (end, list, unaccounted) => {
      const { state } = judge(
        end,
        list.map(({ name, status }) => one(name, status)),
        unaccounted,
      );
      const passed = (name: string) => list.some((entry) => entry.name === name && entry.status === 'passed');
      const clean = end.exitCode === 0 && !end.timedOut && !end.aborted && end.startError === null && unaccounted === 0;
      const sound =
        list.every((entry) => entry.status !== 'failed' || passed(entry.name)) &&
        list.some((entry) => entry.status === 'passed');
      assert.equal(state === 'passed', clean && sound);
    }),
    { numRuns: 500, seed: 20261123 },
  );
});

test('retries: 1 + maxRetries attempts, and any that passes is enough', () => {
  const runs = (...states: RunState[]) => states.map((state) => ({ state }));
  assert.equal(attemptsOf({ maxRetries: 2 }), 3);
  assert.equal(jobOutcome({ maxRetries: 0 }, []), 'again');
  assert.equal(jobOutcome({ maxRetries: 0 }, runs('failed')), 'failed');
  assert.equal(jobOutcome({ maxRetries: 1 }, runs('failed')), 'again');
  assert.equal(jobOutcome({ maxRetries: 1 }, runs('errored', 'failed')), 'failed');
  assert.equal(jobOutcome({ maxRetries: 2 }, runs('failed', 'errored', 'errored')), 'errored');
  assert.equal(jobOutcome({ maxRetries: 2 }, runs('failed', 'passed')), 'passed');
});

test('pass rates: of runs that say something, and nothing when there are none', () => {
  assert.deepEqual(passRate(['passed', 'passed', 'flaked', 'failed', 'skipped']), {
    runs: 4,
    passes: 2,
    flakes: 1,
    failures: 1,
    passing: 0.5,
    working: 0.75,
  });
  assert.deepEqual(passRate(['skipped']), {
    runs: 0,
    passes: 0,
    flakes: 0,
    failures: 0,
    passing: undefined,
    working: undefined,
  });
});
