import { signedBytes } from './header/header.ts';
import { algorithmLabel } from './openpgp/algorithms.ts';
import { SIGNATURE_TYPE } from './openpgp/signature.ts';
import type {
  RpmKeyring,
  RpmPackage,
  RpmPublicKey,
  RpmSignature,
  RpmVerification,
  SignatureCheck,
  SignaturePacket,
} from './types.ts';

type Verdict = Pick<SignatureCheck, 'result' | 'reason'>;

/** Why a signature that is arithmetically right does not count, or undefined. Times are compared with the signature's own. */
function standing(key: RpmPublicKey, packet: SignaturePacket): string | undefined {
  const made = packet.created ?? 0;
  if (!key.bound) return 'the key is not bound to its certificate by a valid self-signature';
  if (!key.maySign) return 'the key is not meant for signing';
  if (made < key.created) return 'the signature is older than its key';
  if (key.expires !== null && made >= key.expires) return 'the key had expired when it signed';
  if (key.revoked?.hard === true || (key.revoked !== null && made >= key.revoked.at)) {
    return `the key is revoked${key.revoked.reason === '' ? '' : ` (${key.revoked.reason})`}`;
  }
  return undefined;
}

function signedData(pkg: RpmPackage, signature: RpmSignature): readonly Uint8Array[] | Verdict {
  if (signature.covers === 'header') {
    return signedBytes(pkg.header) ?? { result: 'bad', reason: 'the signed region of the header is missing' };
  }
  if (pkg.headerAndPayload !== undefined) return [pkg.headerAndPayload];
  return { result: 'unverifiable', reason: 'it covers the payload as well, which an installed package no longer has' };
}

function byKey(key: RpmPublicKey, packet: SignaturePacket, data: readonly Uint8Array[] | Verdict): Verdict {
  if (packet.type !== SIGNATURE_TYPE.binary) {
    return { result: 'bad', reason: `signature type ${packet.type} is not one over data` };
  }
  if ('result' in data) return data;
  const arithmetic = key.check(packet, data);
  if (arithmetic.result === 'unverifiable') return arithmetic;
  if (arithmetic.result === 'bad') return { result: 'bad', reason: 'the signature does not fit the header' };
  const refused = standing(key, packet);
  return refused === undefined ? { result: 'ok', reason: '' } : { result: 'unverifiable', reason: refused };
}

/** 64-bit ids collide: one key that fits is enough, and only when all disagree is the signature bad. */
const BEST_FIRST = ['ok', 'unverifiable', 'bad', 'no-key'] as const;

function check(pkg: RpmPackage, signature: RpmSignature, keyring: RpmKeyring): SignatureCheck {
  const { packet, tag } = signature;
  const common = {
    tag,
    keyId: packet?.keyId ?? null,
    fingerprint: null,
    algorithm: packet === undefined ? 'unreadable' : algorithmLabel(packet.algorithm, packet.hash),
  };
  if (packet === undefined) return { ...common, result: 'bad', reason: signature.problem ?? '' };
  if (packet.keyId === null) {
    return { ...common, result: 'unverifiable', reason: 'it does not say which key made it, or in a way unknown here' };
  }
  const data = signedData(pkg, signature);
  const [best] = keyring
    .withId(packet.keyId)
    .filter((key) => packet.fingerprint === null || key.fingerprint === packet.fingerprint)
    .map((key) => ({ key, verdict: byKey(key, packet, data) }))
    .sort((a, b) => BEST_FIRST.indexOf(a.verdict.result) - BEST_FIRST.indexOf(b.verdict.result));
  if (best === undefined) return { ...common, result: 'no-key', reason: `key ${packet.keyId} is not in the keyring` };
  return { ...common, fingerprint: best.verdict.result === 'ok' ? best.key.fingerprint : null, ...best.verdict };
}

/**
 * Verifies every signature of a package over the header's signed region, for real. A contradiction anywhere (a bad
 * signature beside a good one, a header digest that does not fit, a build tag from outside the signed region) makes the
 * whole `bad`: someone changed something. Never throws.
 */
export function verifyPackage(pkg: RpmPackage, keyring: RpmKeyring): RpmVerification {
  const checks = pkg.signatures.map((signature) => check(pkg, signature, keyring));
  if (pkg.headerDigest === 'bad') {
    return { signature: 'bad', checks, reason: 'the header does not fit the digest kept beside it' };
  }
  if (checks.length === 0) return { signature: 'absent', checks };
  if (pkg.header.unsignedClaims.length > 0) {
    const tags = pkg.header.unsignedClaims.join(', ');
    return {
      signature: 'bad',
      checks,
      reason: `tags that describe the build (${tags}) stand outside of what was signed`,
    };
  }
  const has = (result: SignatureCheck['result']) => checks.find((each) => each.result === result);
  if (has('bad') !== undefined) return { signature: 'bad', checks };
  const good = has('ok');
  if (typeof good?.keyId === 'string' && good.fingerprint !== null) {
    return { signature: 'ok', by: { keyId: good.keyId, fingerprint: good.fingerprint }, checks };
  }
  return { signature: has('no-key') === undefined ? 'unverifiable' : 'no-key', checks };
}
