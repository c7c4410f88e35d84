import type { EvidencePolicy } from '../okd.ts';
import type { EdgeGrade, EvidenceRecord, Risk } from '../types.ts';

/** So many runs are kept with a grade, newest first; more say nothing new. */
const KEPT_RUNS = 10;
/** Names of risks must stay below this (update-graph § 6.4, I9). */
const NAMED_RUNS = 3;

/** A version as part of a risk's name, which may hold letters and digits only; different versions differ. */
export function inName(version: string): string {
  return version.replaceAll('.', 'x').replaceAll('-', 'Z');
}

const always = [{ type: 'Always' }] as const;

/** One definition for every update that nobody has tested: clusters key risks by name. */
export function notTestedRisk({ url }: Pick<EvidencePolicy, 'url'>): Risk {
  return {
    name: 'UpdateNotTested',
    url,
    message: 'No test of this update has passed or failed yet.',
    matchingRules: always,
  };
}

function runsText(runs: readonly EvidenceRecord[]): string {
  const failed = runs.filter((run) => run.result === 'fail').slice(0, NAMED_RUNS);
  return failed.map(({ job, url }) => `${job} ${url}`).join(', ');
}

/**
 * Grades one update by its test runs. Infrastructure failures say nothing. Monotone: a further pass never makes a
 * grade worse, so more passes never take an update away.
 */
export function gradeEdge(
  from: string,
  to: string,
  records: readonly EvidenceRecord[],
  policy: EvidencePolicy,
  untested: EdgeGrade,
): EdgeGrade {
  const runs = records.filter((run) => run.result !== 'infra').toSorted(newestFirst);
  const passes = runs.filter((run) => run.result === 'pass').length;
  const fails = runs.length - passes;
  if (runs.length === 0) return untested;
  const sinceLastPass = runs.findIndex((run) => run.result === 'pass');
  const shared = { passes, fails, runs: runs.slice(0, KEPT_RUNS) };
  // the name is of this update alone: its text names runs, and clusters know one text for each name
  const name = (prefix: string): string => `${prefix}From${inName(from)}To${inName(to)}`;
  if (passes === 0 || sinceLastPass >= policy.failingAfter) {
    const risk: Risk = {
      name: name('UpdateTestFailing'),
      url: runs[0]?.url ?? policy.url,
      message: `Tests of the update from ${from} to ${to} fail (${fails} of ${runs.length}): ${runsText(runs)}.`,
      matchingRules: always,
    };
    return { state: 'failing', ...shared, risk };
  }
  if (passes / runs.length < policy.flakyBelow) {
    const risk: Risk = {
      name: name('UpdateFlaky'),
      url: runs.find((run) => run.result === 'fail')?.url ?? policy.url,
      message: `Of ${runs.length} tests of the update from ${from} to ${to}, ${fails} failed: ${runsText(runs)}.`,
      matchingRules: always,
    };
    return { state: 'flaky', ...shared, risk };
  }
  return { state: 'tested', ...shared };
}

/** By time, then by everything else, so that the order of the input does not matter. */
function newestFirst(a: EvidenceRecord, b: EvidenceRecord): number {
  const key = ({ time, url, job, result }: EvidenceRecord): string =>
    [new Date(time).toISOString(), url, job, result].join(' ');
  return key(a) < key(b) ? 1 : -1;
}
