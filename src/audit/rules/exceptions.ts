import type { Rule } from './rule.ts';

const SOON_DAYS = 14;

const expired: Rule<'exception'> = {
  id: 'EXC-001',
  title: 'exception expired',
  subject: 'exception',
  severity: 'deny',
  fixed: true,
  test({ exception, state }) {
    if (state !== 'expired') return undefined;
    return {
      message: `the exception "${exception.id}" ended on ${exception.expires} and covers nothing any more`,
      evidence: [`owner: ${exception.owner}`, `reason: ${exception.reason}`],
    };
  },
};

const expiring: Rule<'exception'> = {
  id: 'EXC-002',
  title: `exception expires within ${SOON_DAYS} days`,
  subject: 'exception',
  severity: 'info',
  fixed: true,
  test({ exception, state, daysLeft }) {
    if ((state !== 'active' && state !== 'unused') || daysLeft > SOON_DAYS) return undefined;
    return {
      message: `the exception "${exception.id}" ends on ${exception.expires}`,
      evidence: [`owner: ${exception.owner}`, `reason: ${exception.reason}`],
    };
  },
};

const unused: Rule<'exception'> = {
  id: 'EXC-003',
  title: 'exception covers nothing',
  subject: 'exception',
  severity: 'info',
  fixed: true,
  test({ exception, state }) {
    if (state !== 'unused') return undefined;
    return { message: `the exception "${exception.id}" covers nothing`, evidence: [`owner: ${exception.owner}`] };
  },
};

/** Words that are written where a form insists on some. */
const NOTHING = /^[\s\p{P}\p{S}]*(n\/?a|none|nobody|unknown|tbd|tba|x+)?[\s\p{P}\p{S}]*$/iu;

const unowned: Rule<'exception'> = {
  id: 'EXC-004',
  title: 'exception without an owner or a reason',
  subject: 'exception',
  severity: 'deny',
  fixed: true,
  test({ exception }) {
    const empty = (['owner', 'reason'] as const).filter((field) => NOTHING.test(exception[field]));
    if (empty.length === 0) return undefined;
    return {
      message: `the exception "${exception.id}" says nothing as its ${empty.join(' and ')}`,
      evidence: empty.map((field) => `${field}: ${exception[field]}`),
    };
  },
};

export const exceptionRules: readonly Rule<'exception'>[] = [unowned, expired, expiring, unused];
