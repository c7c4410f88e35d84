import { SlipwayError, sha256Hex } from '../../util/index.ts';
import known from './signing-keys.json' with { type: 'json' };

/** Sorts of owners of signing keys (spec audit.md § 2.5). What a sort is worth is the policy's to say. */
export const KEY_CLASSES = {
  'centos-official': 'CentOS (official keys)',
  'centos-sig': 'CentOS special interest groups',
  'centos-testing': 'CentOS testing and debug keys',
  'centos-linux-eol': 'CentOS Linux, ended',
  copr: 'COPR projects',
  'el-rebuild': 'rebuilds of Enterprise Linux',
  epel: 'Extra Packages for Enterprise Linux',
  fedora: 'Fedora',
  'redhat-release': 'Red Hat (release keys: RHEL and UBI)',
  'redhat-auxiliary': 'Red Hat (auxiliary keys)',
  'redhat-beta': 'Red Hat (beta keys)',
  'redhat-other': 'Red Hat (other keys)',
  'third-party': 'third parties',
} as const;
export type KeyClass = keyof typeof KEY_CLASSES;

/** What is publicly known of one signing key. */
export interface KnownKey {
  /** Lower-case hex: 40 or 64 digits; 8 where only the low half of the key id is public. */
  readonly fingerprint: string;
  readonly class: KeyClass;
  readonly owner: string;
  /** As the publisher calls it: `rsa4096`. */
  readonly algorithm: string;
  /** `2019-05-03`, or `unknown`. */
  readonly created: string;
  /** Key ids of signing subkeys. */
  readonly subkeys: readonly string[];
}

export interface KeyDirectory {
  /** Identifies the data, for reports: `sha256:…` over the sorted entries. */
  readonly digest: string;
  readonly keys: readonly KnownKey[];
  /**
   * The key that signed: by fingerprint when the signature verified (ids collide), else by the 64-bit id that it claims.
   * `undefined`: a key that nobody is known to have.
   */
  find(keyId: string, fingerprint: string | null): KnownKey | undefined;
}

const isClass = (text: string): text is KeyClass => Object.hasOwn(KEY_CLASSES, text);

const LINE =
  /^(?<sort>[a-z-]+) (?<fingerprint>[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{8}) (?<algorithm>.+?) (?<created>\d{4}-\d\d-\d\d|unknown) (?<subkeys>-|[0-9a-f]{16}(?:,[0-9a-f]{16})*) (?<owner>.+)$/u;

function keyOf(line: string, index: number): KnownKey {
  const {
    sort = '',
    fingerprint = '',
    algorithm = '',
    created = '',
    subkeys = '',
    owner = '',
  } = LINE.exec(line)?.groups ?? {};
  if (!isClass(sort)) {
    throw new SlipwayError('AUDIT_KEYS_INVALID', `"${line}" does not describe a signing key.`, {
      place: { field: `keys.${index}` },
    });
  }
  return { fingerprint, class: sort, algorithm, created, subkeys: subkeys === '-' ? [] : subkeys.split(','), owner };
}

/** 64-bit id: the end of a v4 fingerprint, the start of a v6 one (RFC 9580 § 5.5.4). */
const idOf = (fingerprint: string): string =>
  fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);

/** Reads lines `class fingerprint algorithm created subkeys owner`. Throws `AUDIT_KEYS_INVALID` naming the line. */
export function parseKeyDirectory(lines: readonly string[]): KeyDirectory {
  const keys = lines.map(keyOf);
  const byFingerprint = new Map(keys.map((key) => [key.fingerprint, key]));
  const byId = new Map<string, KnownKey>();
  for (const key of keys) for (const id of [idOf(key.fingerprint), ...key.subkeys]) byId.set(id, key);
  const lowHalves = keys.filter(({ fingerprint }) => fingerprint.length === 8);
  return {
    digest: `sha256:${sha256Hex([...lines].sort().join('\n'))}`,
    keys,
    find(keyId, fingerprint) {
      const claimed = byId.get(keyId) ?? lowHalves.find((key) => keyId.endsWith(key.fingerprint));
      if (fingerprint === null) return claimed;
      const exact = byFingerprint.get(fingerprint);
      if (exact) return exact;
      // A subkey's fingerprint is not on record, its id is; of other keys with the id, ids may collide.
      const bySubkey = claimed?.subkeys.includes(keyId) === true || claimed?.fingerprint.length === 8;
      return bySubkey ? claimed : undefined;
    },
  };
}

/** The signing keys that distributions publish, with their owners. */
export const SIGNING_KEYS: KeyDirectory = parseKeyDirectory(known.keys);
