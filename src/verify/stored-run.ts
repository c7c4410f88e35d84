import { type Static, Type } from 'typebox';
import { type DeepReadonly, Nullable, type Place, parserOf } from '../util/index.ts';
import type { JobRun } from './types.ts';

const Text = Type.String();
const Whole = Type.Integer();

/** A run as JSON keeps it, without what is undefined. Its times are taken from elsewhere: earlier versions lost them. */
const StoredRun = Type.Object({
  job: Text,
  attempt: Whole,
  blocking: Type.Boolean(),
  state: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('errored')]),
  reason: Text,
  command: Type.Object({
    exitCode: Nullable(Whole),
    signal: Nullable(Text),
    timedOut: Type.Boolean(),
    aborted: Type.Boolean(),
    startError: Nullable(Text),
    droppedLogBytes: Whole,
  }),
  summary: Type.Object({
    tests: Whole,
    passed: Whole,
    failures: Whole,
    flakes: Whole,
    skipped: Whole,
    seconds: Type.Number(),
    failed: Type.Array(Type.Object({ name: Text, message: Text })),
  }),
  tests: Type.Array(
    Type.Object({
      suite: Text,
      className: Text,
      name: Text,
      status: Type.Union([
        Type.Literal('passed'),
        Type.Literal('failed'),
        Type.Literal('flaked'),
        Type.Literal('skipped'),
      ]),
      seconds: Type.Number(),
      message: Type.Optional(Text),
      output: Type.Optional(Text),
    }),
  ),
  logPath: Text,
  reports: Type.Array(Type.Object({ file: Text, digest: Text })),
});
type StoredRun = DeepReadonly<Static<typeof StoredRun>>;

const parse: (value: unknown, place?: Place) => StoredRun = parserOf(StoredRun, 'VERIFY_RUN_INVALID');

/** Takes a run that was kept as JSON, with the times that were kept beside it. Throws `VERIFY_RUN_INVALID` naming the field. */
export function parseJobRun(
  value: unknown,
  { startedAt, finishedAt }: Pick<JobRun, 'startedAt' | 'finishedAt'>,
  place: Place,
): JobRun {
  const run = parse(value, place);
  return {
    ...run,
    startedAt,
    finishedAt,
    tests: run.tests.map(({ message, output, ...test }) => ({ ...test, message, output })),
  };
}
