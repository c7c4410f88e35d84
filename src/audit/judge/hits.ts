import type { FindingPackage, PackageFacts, Policy, Severity } from '../model/index.ts';
import {
  describeSigner,
  type ProofLevel,
  RULES,
  type Rule,
  type RuleMatch,
  type SubjectKind,
  type Subjects,
  severityOf,
  signerOf,
} from '../rules/index.ts';

/** A rule that fires, with the severity that the policy gives it. */
export interface Hit {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly match: RuleMatch;
}

const rank = { deny: 0, warn: 1, info: 2 } as const;

export const worseFirst = (a: { readonly severity: Severity }, b: { readonly severity: Severity }): number =>
  rank[a.severity] - rank[b.severity];

/** The rules that fire for a subject, worst first, then in the order of the table. Pure. */
export function hitsOf<Kind extends SubjectKind>(kind: Kind, subject: Subjects[Kind], policy: Policy): Hit[] {
  const hits: Hit[] = [];
  for (const rule of RULES[kind]) {
    const match = rule.test(subject, policy);
    if (match) hits.push({ rule, severity: severityOf(rule, policy), match });
  }
  return hits.sort(worseFirst);
}

export function packageOf(pkg: PackageFacts, policy: Policy, proof: ProofLevel): FindingPackage {
  const signer = signerOf(pkg, policy);
  return {
    name: pkg.name,
    nevra: pkg.nevra,
    header: pkg.header,
    vendor: pkg.vendor,
    buildHost: pkg.buildHost,
    license: pkg.license,
    sourceRpm: pkg.sourceRpm,
    signer: signer.keyId === null ? null : describeSigner(signer),
    proof,
  };
}
