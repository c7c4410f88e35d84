import type { Finding, Policy } from '../../model/index.ts';
import type { Examined } from '../../origin/index.ts';
import { hitsOf } from '../hits.ts';
import type { Proofs } from '../proofs.ts';
import { wholeFinding } from '../sheet.ts';

/** Whether as many packages are proven as the policy wants; the finding lists those that are not. */
export function proofRateFindings(examined: readonly Examined[], policy: Policy, proofs: Proofs): Finding[] {
  const { proof } = policy;
  if (proof === null) return [];
  const all = examined.flatMap(({ image, packages }) =>
    packages.map(({ pkg }) => ({ pkg, proven: proofs.in(image, pkg) >= proof.level })),
  );
  const rest = new Set(all.filter(({ proven }) => !proven).map(({ pkg }) => pkg.nevra));
  const rate = { total: all.length, proven: all.filter(({ proven }) => proven).length, rest: [...rest].sort() };
  return hitsOf('proofRate', rate, policy).map((hit) => {
    const { message, evidence } = hit.match;
    const subject = { label: '', message, package: null, repository: null, evidence, also: [], keys: [] };
    return wholeFinding(hit, '', [subject], []);
  });
}
