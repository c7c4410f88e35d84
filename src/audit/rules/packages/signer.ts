import type { PackageFacts, Policy, PolicySigner } from '../../model/index.ts';

/** Who signed a package, as far as is known, and what the policy says of them. */
export interface Signer {
  /** 16 hex digits; null for an unsigned package. */
  readonly keyId: string | null;
  /** Fingerprint of the key that verified; null when none did. */
  readonly fingerprint: string | null;
  readonly verified: boolean;
  /** The policy's entry; undefined when the policy does not know the key. */
  readonly entry: PolicySigner | undefined;
}

const order = { deny: 0, warn: 1, allow: 2 } as const;

/** 64-bit ids are the end of a v4 fingerprint and the start of a v6 one (RFC 9580 § 5.5.4). */
const idOf = (key: string): string => (key.length === 64 ? key.slice(0, 16) : key.slice(-16));

function names(key: string, keyId: string, fingerprint: string | null): boolean {
  if (key.length === 8) return keyId.endsWith(key);
  if (key.length === 16) return key === keyId;
  return fingerprint === null ? idOf(key) === keyId : key === fingerprint;
}

/**
 * The signer of a package. A verified key is matched by fingerprint (ids collide), a claimed one by id. Of several
 * signatures the one that the policy judges worst counts: nobody gets rid of a denied signature by adding another.
 */
export function signerOf(pkg: PackageFacts, policy: Policy): Signer {
  const verified = pkg.signature === 'ok' ? pkg.signedBy : null;
  const claims = [
    ...(verified ? [{ ...verified, verified: true }] : []),
    ...pkg.keyIds
      .filter((keyId) => keyId !== verified?.keyId)
      .map((keyId) => ({ keyId, fingerprint: null, verified: false })),
  ].map((claim) => ({
    ...claim,
    entry: policyEntryOf(policy, claim.keyId, claim.fingerprint),
  }));
  const denied = claims.find(({ entry }) => entry?.verdict === 'deny');
  // A verified signature says more than an id that anybody can write beside it.
  const best = denied ?? claims.find((claim) => claim.verified) ?? claims.find(({ entry }) => entry) ?? claims[0];
  return best ?? { keyId: null, fingerprint: null, verified: false, entry: undefined };
}

/** The policy's entry for a key, the worst where several name it; a verified key is matched by its fingerprint. */
export function policyEntryOf(policy: Policy, keyId: string, fingerprint: string | null): PolicySigner | undefined {
  return [...policy.signers]
    .sort((a, b) => order[a.verdict] - order[b.verdict])
    .find((signer) => signer.keys.some((key) => names(key, keyId, fingerprint)));
}

/** `CentOS Stream (official), key 05b555b38483c65d` */
export function describeSigner(signer: Signer): string {
  if (signer.keyId === null) return 'nobody';
  return `${signer.entry?.owner ?? 'an unknown signer'}, key ${signer.keyId}`;
}
