/** For tests: a policy with one allowed and one denied signer. */

import type { Policy } from '../model/policy.ts';
import { parsePolicy } from '../policy/parse.ts';
import type { TestKey } from './rpm.ts';

export function makePolicy(open: TestKey, denied: TestKey, more = ''): Policy {
  return parsePolicy(
    `
kind: AuditPolicy
apiVersion: slipway.okd.io/v1
name: test
signers:
  - { owner: Open Test Project, verdict: allow, keys: [${open.fingerprint}] }
  - { owner: Licensed Test Vendor, verdict: deny, keys: [${denied.fingerprint}] }
vendors: { allow: [Open Test Project], deny: ['Licensed Test Vendor*'] }
buildHosts: { deny: ['*.build.licensed.test'] }
repositories: { allow: ['open-*'], deny: ['licensed-*', '*://cdn.licensed.test/*'] }
contentSets: { allow: ['open-*'], deny: ['licensed-*'] }
osRelease: { allow: [testos] }
imagesWithoutPackages: [branding]
${more}`,
    'policy.yaml',
  );
}
