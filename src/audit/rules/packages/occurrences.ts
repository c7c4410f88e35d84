import { firstMatch } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';
import { deniedSigner, deniedVendor } from './packages.ts';

const REPLACED = [deniedSigner.id, deniedVendor.id];

const hidden: Rule<'occurrence'> = {
  id: 'RPM-004',
  title: 'denied package that a later layer hides and that is distributed all the same',
  subject: 'occurrence',
  severity: 'deny',
  fixed: false,
  replaces: REPLACED,
  test({ pkg, hidden: gone }, policy) {
    const match = gone ? (deniedSigner.test(pkg, policy) ?? deniedVendor.test(pkg, policy)) : undefined;
    return match && { ...match, message: `${match.message}; a later layer hides it, but its files are in the image` };
  },
};

const redistributable: Rule<'occurrence'> = {
  id: 'RPM-005',
  title: 'package of a denied signer, of the part that may be handed on',
  subject: 'occurrence',
  severity: 'warn',
  fixed: false,
  replaces: [...REPLACED, hidden.id],
  test({ pkg, base, catalogues }, policy) {
    const part = policy.redistributable;
    const match = part === null ? undefined : deniedSigner.test(pkg, policy);
    if (part === null || match === undefined) return undefined;
    const because = [
      ...(base !== null && firstMatch(part.bases, [base]) !== undefined ? [`brought by base image "${base}"`] : []),
      ...catalogues
        .filter((name) => firstMatch(part.catalogues, [name]) !== undefined)
        .map((name) => `the same header is in catalogue "${name}"`),
    ];
    if (because.length === 0) return undefined;
    return { message: `${match.message}; it belongs to ${part.name}`, evidence: [...because, ...match.evidence] };
  },
};

/** What is asked of a package where it is found; these rules take the place of those on the package alone. */
export const occurrenceRules: readonly Rule<'occurrence'>[] = [hidden, redistributable];
