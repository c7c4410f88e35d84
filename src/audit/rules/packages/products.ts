import type { PackageFacts, Policy } from '../../model/index.ts';
import { firstMatch, standing } from '../../patterns/index.ts';
import type { Rule } from '../rule.ts';
import { describeSigner, signerOf } from './signer.ts';

/** Is it from a denied hand, by its key or, where no verified key says otherwise, by its words? */
function fromDenied(pkg: PackageFacts, policy: Policy): boolean {
  const signer = signerOf(pkg, policy);
  if (signer.entry !== undefined) return signer.entry.verdict === 'deny';
  return pkg.vendor !== null && standing(policy.vendors, [pkg.vendor]) === 'deny';
}

const trademark: Rule<'package'> = {
  id: 'PKG-001',
  title: 'package with a trademark',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    const pattern = firstMatch(policy.packages.trademark, [pkg.name]);
    if (pattern === undefined) return undefined;
    return { message: `its name is one that the policy lists as a trademark`, evidence: [`pattern: ${pattern}`] };
  },
};

const subscriptionTool: Rule<'package'> = {
  id: 'PKG-002',
  title: 'tool of a subscription, from a denied signer',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    // The tools themselves are open: CentOS Stream builds them too, so the signer decides.
    const pattern = firstMatch(policy.packages.subscription, [pkg.name]);
    if (pattern === undefined || !fromDenied(pkg, policy)) return undefined;
    return {
      message: `it manages subscriptions and comes from ${describeSigner(signerOf(pkg, policy))}`,
      evidence: [`pattern: ${pattern}`],
    };
  },
};

export const productRules: readonly Rule<'package'>[] = [trademark, subscriptionTool];
