import { primaryCanSign, readKeyring } from '../openpgp/keyring.ts';
import type { SigningKey, VerificationConfig } from '../types.ts';

export interface KeyFinding {
  readonly severity: 'error' | 'warning';
  /** A full sentence. */
  readonly message: string;
}

export interface RotationInput {
  /** The key that is to sign. */
  readonly key: Pick<SigningKey, 'publicKey' | 'fingerprint' | 'algorithm'>;
  /** How the releases that clusters run now verify the next one. */
  readonly running?: Pick<VerificationConfig, 'entries'>;
  /** How the release that is signed verifies the one after it. */
  readonly signed?: Pick<VerificationConfig, 'entries'>;
  readonly at: Date;
}

/** Days before its expiry from which on a key is warned about: a new one must ship a release before it is used. */
export const EXPIRY_WARNING_DAYS = 90;
const DAY = 86_400;

/** Fingerprints of the certificates in an entry. */
function fingerprintsOf(keyring: string): ReadonlySet<string> {
  return new Set(readKeyring(keyring).keys.map(({ primaryFingerprint }) => primaryFingerprint));
}

function keyFindings({ key, at }: RotationInput): readonly KeyFinding[] {
  const findings: KeyFinding[] = [];
  const { keys } = readKeyring(key.publicKey);
  const now = at.getTime() / 1000;
  const error = (message: string): void => void findings.push({ severity: 'error', message });
  const warning = (message: string): void => void findings.push({ severity: 'warning', message });
  if (keys.some(({ readableByCvo }) => !readableByCvo))
    error(`The key is ${key.algorithm}, which the Cluster Version Operator can not read; make one with RSA.`);
  if (keys.some(({ revoked }) => revoked)) error('The key is revoked.');
  const bits = Number(/^RSA (\d+)/.exec(key.algorithm)?.[1] ?? Number.NaN);
  if (Number.isNaN(bits) && keys.every(({ readableByCvo }) => readableByCvo))
    warning(`The key is ${key.algorithm}: clusters take it, but RSA 4096 is what releases are signed with.`);
  else if (bits < 2048) error(`The key has ${bits} bits; less than 2048 are no longer safe, whatever clients take.`);
  else if (bits < 4096) warning(`The key has ${bits} bits; 4096 is what releases are signed with.`);
  const usable = keys.filter((one) => one.usable);
  if (usable.length === 0) error('The key is not one for signing.');
  else if (!primaryCanSign(key.publicKey))
    warning(
      'Only a subkey can sign: podman, skopeo and CRI-O with containers/image up to 5.36.2 refuse its signatures; clusters and oc-mirror take them.',
    );
  const ends = usable.flatMap(({ expires }) => (expires === undefined ? [] : [expires]));
  const end = ends.length === usable.length ? Math.max(...ends) : Number.POSITIVE_INFINITY;
  const day = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
  if (end < now) error(`The key expired on ${day(end)}: clusters still take it, podman, skopeo and CRI-O do not.`);
  else if (end < now + EXPIRY_WARNING_DAYS * DAY)
    warning(`The key expires on ${day(end)}; ship its successor in the next release.`);
  return findings;
}

/**
 * The rules by which a signing key may be used and replaced (payload format § 3.1, 3.5): clusters verify with the keys
 * of the release that they run, every entry must be satisfied, and any key inside one does. So a new key ships beside the
 * old one, in the same entry, at least one release before it signs.
 */
export function checkRotation(input: RotationInput): readonly KeyFinding[] {
  const { key, running, signed } = input;
  const findings = [...keyFindings(input)];
  const add = (severity: KeyFinding['severity'], message: string): void => void findings.push({ severity, message });
  for (const { name, keyring } of running?.entries ?? [])
    if (!fingerprintsOf(keyring).has(key.fingerprint))
      add(
        'error',
        `Clusters that run the previous release do not trust the key for "${name}": it has to be in that entry at least one release before it signs.`,
      );
  for (const { name, keyring } of signed?.entries ?? [])
    if (!fingerprintsOf(keyring).has(key.fingerprint))
      add(
        'warning',
        `The release itself does not trust the key for "${name}": the next release can not be signed with it.`,
      );
  if (running !== undefined && signed !== undefined) {
    for (const { name, keyring } of running.entries) {
      const next = signed.entries.find((entry) => entry.name === name);
      const before = fingerprintsOf(keyring);
      const kept = next !== undefined && [...fingerprintsOf(next.keyring)].some((print) => before.has(print));
      if (!kept)
        add(
          'warning',
          `No key of "${name}" is in the new release: clusters that go back can not be brought forward again.`,
        );
    }
    for (const { name } of signed.entries)
      if (!running.entries.some((entry) => entry.name === name))
        add('warning', `"${name}" is a new entry: from the next release on a signature for each entry is needed.`);
  }
  return findings;
}
