import type { Finding, Policy, ReportException } from '../../model/index.ts';
import { daysLeft } from '../../policy/index.ts';
import type { ExceptionState } from '../../rules/index.ts';
import { hitsOf } from '../hits.ts';
import { type FindingSheet, wholeFinding } from '../sheet.ts';

/** Days before its end from which an exception counts as expiring. */
const SOON_DAYS = 14;

function stateOf(left: number | undefined, covers: number): ExceptionState['state'] {
  if (left === undefined) return 'pending';
  if (left < 0) return 'expired';
  return covers > 0 ? 'active' : 'unused';
}

/** The policy's exceptions as they stand on a day, and what they themselves give rise to. */
export function judgeExceptions(
  policy: Policy,
  sheet: FindingSheet,
  at: Date,
): { readonly exceptions: ReportException[]; readonly findings: Finding[] } {
  const states = policy.exceptions.map((exception): ExceptionState => {
    const [left, covers] = [daysLeft(exception, at), sheet.coveredBy(exception)];
    return { exception, state: stateOf(left, covers), daysLeft: left ?? 0, covers };
  });
  const findings = states.flatMap((state) =>
    hitsOf('exception', state, policy).map((hit) => {
      const { message, evidence } = hit.match;
      const subject = { label: '', message, package: null, repository: null, evidence, also: [], keys: [] };
      return wholeFinding(hit, state.exception.id, [subject], []);
    }),
  );
  const exceptions = states.map(({ exception, state, daysLeft: left, covers }): ReportException => {
    const { id, rule, owner, reason, issue = null, expires } = exception;
    const ends = (state === 'active' || state === 'unused') && left <= SOON_DAYS;
    return { id, rules: [...rule], owner, reason, issue, expires, state, expiring: ends, covers };
  });
  return { exceptions: exceptions.sort((a, b) => (a.id < b.id ? -1 : 1)), findings };
}
