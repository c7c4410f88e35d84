import { SlipwayError } from '../../util/index.ts';
import type { StoredFile } from '../types.ts';

export interface PolicyOptions {
  /** Repository with its registry, e.g. `quay.io/okd/scos-release`. */
  readonly repository: string;
  /** Where the reader keeps the public key, an absolute path on their machine. */
  readonly keyPath: string;
  /** Base address of the lookaside store. */
  readonly lookaside: string;
}

/**
 * What a user of podman, skopeo or CRI-O needs to accept this repository's releases only when signed (payload format
 * § 3.3): a `policy.json` that leaves all other images as they were, and the file for `registries.d` that says where the
 * signatures are. Throws `SIGN_POLICY_INVALID`.
 */
export function releasePolicyFiles({ repository, keyPath, lookaside }: PolicyOptions): StoredFile[] {
  if (!/^[^/@]+\/[^:@]+$/.test(repository))
    throw new SlipwayError('SIGN_POLICY_INVALID', `"${repository}" is not a repository with its registry.`);
  if (!keyPath.startsWith('/'))
    throw new SlipwayError('SIGN_POLICY_INVALID', `the path of the key must be absolute, "${keyPath}" is not.`);
  if (!/^(https?|file):$/.test(URL.canParse(lookaside) ? new URL(lookaside).protocol : ''))
    throw new SlipwayError('SIGN_POLICY_INVALID', `"${lookaside}" is not an http, https or file address.`);
  const policy = {
    default: [{ type: 'insecureAcceptAnything' }],
    transports: { docker: { [repository]: [{ type: 'signedBy', keyType: 'GPGKeys', keyPath }] } },
  };
  const registries = `docker:\n  ${repository}:\n    lookaside: ${lookaside}\n`;
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  return [
    { path: 'policy.json', bytes: encode(`${JSON.stringify(policy, undefined, 2)}\n`) },
    { path: 'registries.d/slipway.yaml', bytes: encode(registries) },
  ];
}
