import type { PackageFacts, Policy } from '../../model/index.ts';
import { standing } from '../../patterns/index.ts';
import type { Rule, RuleMatch } from '../rule.ts';
import { PROOF_LEVELS, proofOf } from './proof.ts';
import { describeSigner, signerOf } from './signer.ts';

const given = (text: string | null): string[] => (text === null || text === '' ? [] : [text]);

/** What the header says of its origin, one line a fact: the same for every rule, so that findings read alike. */
function originLines(pkg: PackageFacts, policy: Policy): string[] {
  const signer = signerOf(pkg, policy);
  const signature = {
    ok: `header signature verified: ${describeSigner(signer)}, fingerprint ${pkg.signedBy?.fingerprint ?? 'unknown'}`,
    bad: `header signature is wrong: claims ${describeSigner(signer)}`,
    'no-key': `signature claims ${describeSigner(signer)}; its public key is not in the keyring`,
    unverifiable: `signature claims ${describeSigner(signer)}; its algorithm can not be verified here`,
    absent: 'no signature',
  }[pkg.signature];
  return [
    signature,
    ...given(pkg.vendor).map((vendor) => `vendor: ${vendor}`),
    ...given(pkg.buildHost).map((host) => `build host: ${host}`),
    ...given(pkg.sourceRpm).map((source) => `built from: ${source}`),
    `proof by its header: ${proofOf(pkg)} (${PROOF_LEVELS[proofOf(pkg)]})`,
  ];
}

const match = (pkg: PackageFacts, policy: Policy, message: string, first: readonly string[] = []): RuleMatch => ({
  message,
  evidence: [...first, ...originLines(pkg, policy)],
});

const tampered: Rule<'package'> = {
  id: 'RPM-003',
  title: 'header or signature tampered with',
  subject: 'package',
  severity: 'deny',
  fixed: true,
  test(pkg, policy) {
    const claims = pkg.unsignedClaims;
    const signs = [
      ...(pkg.headerDigest === 'bad'
        ? ['the header does not have the digest that was recorded when it was built']
        : []),
      ...(pkg.signature === 'bad' ? ['the signature does not belong to the header'] : []),
      ...(claims.length > 0 ? [`unsigned entries of the header describe the build (tags ${claims.join(', ')})`] : []),
    ];
    return signs.length === 0 ? undefined : match(pkg, policy, signs.join('; '), signs);
  },
};

export const deniedSigner: Rule<'package'> = {
  id: 'RPM-001',
  title: 'signed by a denied key',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    const signer = signerOf(pkg, policy);
    if (signer.entry?.verdict !== 'deny') return undefined;
    return match(pkg, policy, `${signer.verified ? 'signed by' : 'names as signer'} ${describeSigner(signer)}`);
  },
};

/** An allowed signer whose signature verified outweighs words of the header; so does a denied one (RPM-001 says more). */
function wordsCount(pkg: PackageFacts, policy: Policy): boolean {
  const signer = signerOf(pkg, policy);
  return signer.entry?.verdict !== 'deny' && !(signer.verified && signer.entry !== undefined);
}

export const deniedVendor: Rule<'package'> = {
  id: 'RPM-002',
  title: 'built by a denied vendor, by the words of its header',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    if (!wordsCount(pkg, policy)) return undefined;
    const denied = [...given(pkg.vendor), ...given(pkg.packager)].find(
      (words) => standing(policy.vendors, [words]) === 'deny',
    );
    return denied === undefined ? undefined : match(pkg, policy, `says it was built by "${denied}"`);
  },
};

const deniedBuildHost: Rule<'package'> = {
  id: 'RPM-015',
  title: 'built on a denied host, by the words of its header',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    if (!wordsCount(pkg, policy) || standing(policy.buildHosts, given(pkg.buildHost)) !== 'deny') return undefined;
    return match(pkg, policy, `says it was built on ${pkg.buildHost}`);
  },
};

const unsigned: Rule<'package'> = {
  id: 'RPM-006',
  title: 'not signed',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test: (pkg, policy) =>
    pkg.signature === 'absent' && pkg.keyIds.length === 0 ? match(pkg, policy, 'is not signed') : undefined,
};

const unknownSigner: Rule<'package'> = {
  id: 'RPM-007',
  title: 'signed by a key that the policy does not know',
  subject: 'package',
  severity: 'deny',
  fixed: false,
  test(pkg, policy) {
    const signer = signerOf(pkg, policy);
    const signedAtAll = pkg.signature !== 'absent' || signer.keyId !== null;
    if (!signedAtAll || signer.entry !== undefined) return undefined;
    return match(pkg, policy, `is signed by a key that the policy does not know (${signer.keyId ?? 'it names none'})`);
  },
};

const watchedSigner: Rule<'package'> = {
  id: 'RPM-009',
  title: 'signed by a key to be watched',
  subject: 'package',
  severity: 'warn',
  fixed: false,
  test(pkg, policy) {
    const signer = signerOf(pkg, policy);
    return signer.entry?.verdict === 'warn' ? match(pkg, policy, `signed by ${describeSigner(signer)}`) : undefined;
  },
};

const contradiction: Rule<'package'> = {
  id: 'RPM-008',
  title: 'words of the header contradict its verified signature',
  subject: 'package',
  severity: 'warn',
  fixed: false,
  test(pkg, policy) {
    const signer = signerOf(pkg, policy);
    if (!signer.verified || signer.entry === undefined) return undefined;
    const words = standing(policy.vendors, given(pkg.vendor));
    const contradicts =
      (signer.entry.verdict === 'allow' && words === 'deny') || (signer.entry.verdict === 'deny' && words === 'allow');
    return contradicts
      ? match(pkg, policy, `says "${pkg.vendor}" but is signed by ${describeSigner(signer)}`)
      : undefined;
  },
};

const unverified: Rule<'package'> = {
  id: 'RPM-016',
  title: 'signature claimed, not verified',
  subject: 'package',
  severity: 'warn',
  fixed: false,
  test(pkg, policy) {
    const signer = signerOf(pkg, policy);
    if (signer.entry?.verdict !== 'allow' || signer.verified) return undefined;
    return match(pkg, policy, `names ${describeSigner(signer)} as signer, which could not be verified`);
  },
};

/** Worst first: of the rules that fire for a package, the first that no exception covers becomes the finding. */
export const packageRules: readonly Rule<'package'>[] = [
  tampered,
  deniedSigner,
  deniedVendor,
  deniedBuildHost,
  unsigned,
  unknownSigner,
  watchedSigner,
  contradiction,
  unverified,
];
