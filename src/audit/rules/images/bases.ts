import { standing } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';

const notAllowed: Rule<'base'> = {
  id: 'BASE-001',
  title: 'base image that is not allowed',
  subject: 'base',
  severity: 'deny',
  fixed: false,
  test({ name, layers, by }, policy) {
    if (name === null) return undefined;
    const stands = standing(policy.bases, [name]);
    if (stands === 'allow' || (stands === 'unknown' && policy.bases.allow.length === 0)) return undefined;
    return {
      message: stands === 'deny' ? 'the policy denies this base image' : 'the policy does not list this base image',
      evidence: [
        by === 'layer'
          ? `its ${layers} layers are the image's lowest`
          : 'flattened away, and known by the transactions of its packages',
      ],
    };
  },
};

const unknown: Rule<'base'> = {
  id: 'BASE-002',
  title: 'image on no known base image',
  subject: 'base',
  severity: 'warn',
  fixed: false,
  test({ name, claims }, policy) {
    if (name !== null || policy.bases.allow.length === 0) return undefined;
    return {
      message: 'its lowest layers are those of no base image that is known, so its descent is not proven',
      evidence: claims.map((claim) => `claimed: ${claim}`),
    };
  },
};

const signersChanged: Rule<'baseChange'> = {
  id: 'BASE-003',
  title: 'signers of the base image changed since the last accepted release',
  subject: 'baseChange',
  severity: 'deny',
  fixed: false,
  test({ from, to, added, removed, previous }) {
    if (added.length === 0 && removed.length === 0) return undefined;
    const base =
      from.name === to.name ? `the base image "${to.name}"` : `its place was taken from "${from.name}", and it`;
    const changes = [
      ...(added.length === 0 ? [] : [`is signed by ${added.join(', ')} as well`]),
      ...(removed.length === 0 ? [] : [`is no longer signed by ${removed.join(', ')}`]),
    ];
    return {
      message: `${base} ${changes.join(' and ')}, compared with ${previous}`,
      evidence: [`before: ${from.name}, ${from.chainId}`, `now: ${to.name}, ${to.chainId}`],
    };
  },
};

export const baseRules: readonly Rule<'base'>[] = [notAllowed, unknown];
export const baseChangeRules: readonly Rule<'baseChange'>[] = [signersChanged];
