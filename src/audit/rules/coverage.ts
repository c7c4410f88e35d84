import { firstMatch } from '../policy/pattern.ts';
import type { Rule } from './rule.ts';

const unreadableRpmdb: Rule<'gap'> = {
  id: 'COV-001',
  title: 'RPM database that could not be read',
  subject: 'gap',
  severity: 'deny',
  fixed: true,
  test(gap) {
    if (gap.kind !== 'rpmdb') return undefined;
    return {
      message: `${gap.path} could not be read, so its packages are not known`,
      evidence: [`${gap.code}: ${gap.message}`],
    };
  },
};

const unreadableEvidence: Rule<'gap'> = {
  id: 'COV-002',
  title: 'other evidence that could not be read',
  subject: 'gap',
  severity: 'warn',
  fixed: true,
  test(gap) {
    if (gap.kind !== 'evidence') return undefined;
    return { message: `${gap.path} could not be read`, evidence: [`${gap.code}: ${gap.message}`] };
  },
};

const noPackages: Rule<'image'> = {
  id: 'RPM-012',
  title: 'no RPM database in an image that should have one',
  subject: 'image',
  severity: 'deny',
  fixed: true,
  test(image, policy) {
    const copies = image.layers.flatMap((layer) => layer.facts.rpmdbs);
    if (copies.some((copy) => copy.packages.length > 0)) return undefined;
    if (firstMatch(policy.imagesWithoutPackages, [image.name]) !== undefined) return undefined;
    return {
      message: copies.length === 0 ? 'no layer holds an RPM database' : 'its RPM databases list no package',
      evidence: copies.map((copy) => `empty: ${copy.path}`),
    };
  },
};

const expired: Rule<'exception'> = {
  id: 'EXC-001',
  title: 'exception expired',
  subject: 'exception',
  severity: 'warn',
  fixed: true,
  test({ exception, daysLeft }) {
    if (daysLeft >= 0) return undefined;
    return {
      message: `the exception "${exception.id}" ended on ${exception.expires} and covers nothing any more`,
      evidence: [`owner: ${exception.owner}`, `reason: ${exception.reason}`],
    };
  },
};

const SOON_DAYS = 14;

const expiring: Rule<'exception'> = {
  id: 'EXC-002',
  title: 'exception expires soon',
  subject: 'exception',
  severity: 'info',
  fixed: true,
  test({ exception, daysLeft }) {
    if (daysLeft < 0 || daysLeft > SOON_DAYS) return undefined;
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
  test({ exception, daysLeft, covers }) {
    if (daysLeft < 0 || covers > 0) return undefined;
    return { message: `the exception "${exception.id}" covers nothing`, evidence: [`owner: ${exception.owner}`] };
  },
};

export const gapRules: readonly Rule<'gap'>[] = [unreadableRpmdb, unreadableEvidence];
export const imageRules: readonly Rule<'image'>[] = [noPackages];
export const exceptionRules: readonly Rule<'exception'>[] = [expired, expiring, unused];
