import { stringify } from 'yaml';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { parseYamlDocuments, yamlValue } from '../../util/yaml/index.ts';
import { armor } from '../openpgp/armor.ts';
import { keyringBytes, readKeyring } from '../openpgp/keyring.ts';
import { type Expected, verifyRelease } from '../signatures/verify.ts';
import { MAX_SIGNATURES } from '../stores/stores.ts';
import type { VerificationConfig, VerifiedSignature } from '../types.ts';

const ANNOTATION = 'release.openshift.io/verification-config-map';
const KEY_PREFIX = 'verifier-public-key-';
const STORE_PREFIX = 'store-';

function invalid(message: string, field?: string): SlipwayError {
  return new SlipwayError('SIGN_CONFIG_INVALID', message, field === undefined ? {} : { place: { field } });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads how a running release verifies the next one: the first ConfigMap with the annotation
 * `release.openshift.io/verification-config-map` among the manifests (payload format § 3.1). Throws
 * `SIGN_CONFIG_MISSING` when there is none, and `SIGN_CONFIG_INVALID` where a Cluster Version Operator could not load its verifier: no data, no key, no store, a
 * ring of which it can load no key.
 */
export function parseVerificationConfigMap(yaml: string): VerificationConfig {
  // as Kubernetes reads YAML: a key given twice is no error, the last counts
  for (const document of parseYamlDocuments(yaml, { uniqueKeys: false, prettyErrors: false })) {
    if (document.errors[0] !== undefined)
      throw invalid(`the manifest does not parse: ${messageOf(document.errors[0])}.`);
    const manifest: unknown = yamlValue(document);
    if (!isRecord(manifest) || manifest.kind !== 'ConfigMap' || !isRecord(manifest.metadata)) continue;
    const { annotations } = manifest.metadata;
    if (isRecord(annotations) && ANNOTATION in annotations) return parseData(manifest.data);
  }
  throw new SlipwayError(
    'SIGN_CONFIG_MISSING',
    `no ConfigMap has the annotation ${ANNOTATION}: a cluster would refuse every update.`,
  );
}

function parseData(data: unknown): VerificationConfig {
  if (!isRecord(data)) throw invalid('the ConfigMap has no data.', 'data');
  const entries: { name: string; keyring: string }[] = [];
  const stores: string[] = [];
  const ignored: string[] = [];
  const dropped: VerificationConfig['dropped'][number][] = [];
  for (const [name, value] of Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const field = `data.${name}`;
    if (typeof value !== 'string') throw invalid('the value is not a text.', field);
    if (name.startsWith(KEY_PREFIX)) {
      dropped.push(...droppedOf(value, field).map((fingerprint) => ({ name, fingerprint })));
      entries.push({ name, keyring: value });
    } else if (name.startsWith(STORE_PREFIX)) {
      const store = value.trim();
      if (!/^(https?|file):$/.test(URL.canParse(store) ? new URL(store).protocol : ''))
        throw invalid(`"${store}" is not an http, https or file address.`, field);
      stores.push(store);
    } else ignored.push(name);
  }
  if (stores.length === 0) throw invalid(`there is no signature store ("${STORE_PREFIX}…").`, 'data');
  if (entries.length === 0) throw invalid(`there is no key ("${KEY_PREFIX}…").`, 'data');
  return { entries, stores, ignored, dropped };
}

/** Certificates of a ring that a Cluster Version Operator drops. Throws `SIGN_CONFIG_INVALID` when it loads none. */
function droppedOf(keyring: string, field: string): readonly string[] {
  let keys: ReturnType<typeof readKeyring>['keys'];
  try {
    keys = readKeyring(keyring).keys;
  } catch (cause) {
    throw invalid(`the keyring could not be read: ${messageOf(cause)}`, field);
  }
  const prints = (readable: boolean): readonly string[] => [
    ...new Set(keys.flatMap((key) => (key.readableByCvo === readable ? [key.primaryFingerprint] : []))),
  ];
  if (prints(true).length > 0) return prints(false);
  throw invalid(
    `the Cluster Version Operator can load no key of the ring (${prints(false).join(', ')}): one has an algorithm that it does not read, as Ed25519, which drops the key before it as well; it breaks the verifier.`,
    field,
  );
}

/** The configuration of one ring, as if a ConfigMap had no other. Throws `SIGN_CONFIG_INVALID` when no cluster could load it. */
export function configOfKeyring(name: string, keyring: string): Pick<VerificationConfig, 'entries' | 'dropped'> {
  return {
    entries: [{ name, keyring }],
    dropped: droppedOf(keyring, name).map((fingerprint) => ({ name, fingerprint })),
  };
}

/** How one entry of a verification ConfigMap was satisfied. */
export interface SatisfiedEntry {
  readonly entry: string;
  /** Number of the signature, from 1. */
  readonly number: number;
  readonly signature: VerifiedSignature;
}

/**
 * Decides as a cluster does whether the signatures of a release are enough: every entry of the ConfigMap must be
 * satisfied, each by any key of its ring and any of the signatures. Throws `SIGN_UNSATISFIED` naming the entries that
 * are not, with what is wrong with each signature.
 */
export async function verifyWithConfig(
  signatures: readonly Uint8Array[],
  config: Pick<VerificationConfig, 'entries'>,
  expected: Expected,
): Promise<SatisfiedEntry[]> {
  const satisfied: SatisfiedEntry[] = [];
  const missing: string[] = [];
  for (const { name, keyring } of config.entries) {
    const reasons: string[] = [];
    let found: SatisfiedEntry | undefined;
    for (const [at, bytes] of signatures.slice(0, MAX_SIGNATURES).entries()) {
      try {
        found = { entry: name, number: at + 1, signature: await verifyRelease(bytes, keyring, expected) };
        break;
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        reasons.push(`signature-${at + 1}: ${error.message}`);
      }
    }
    if (found === undefined) missing.push(`${name} (${reasons.join(' ') || 'there is no signature'})`);
    else satisfied.push(found);
  }
  if (missing.length > 0 || satisfied.length === 0)
    throw new SlipwayError(
      'SIGN_UNSATISFIED',
      `unable to verify ${expected.digest} against keyrings: ${missing.join(', ')}.`,
      { exitCode: 1 },
    );
  return satisfied;
}

/** Several rings as one, in which any key counts: that of a `signedBy` policy. */
export function joinKeyrings(keyrings: readonly string[]): string {
  return armor('PUBLIC KEY BLOCK', Buffer.concat(keyrings.map((keyring) => keyringBytes(keyring))));
}

export interface UpdateKeysOptions {
  /** Names the entry: `verifier-public-key-NAME` and `store-NAME`. */
  readonly name: string;
  /** Public keys, armored; during a rotation the old one and the new one, for a cluster needs only one of an entry. */
  readonly publicKeys: readonly string[];
  /** Base address of the signature store. */
  readonly store: string;
}

/**
 * The manifest `0000_90_cluster-update-keys_configmap.yaml` that makes a release trust these keys for the next one. All
 * keys go into one armored block of one entry: a second block would not be read, a second entry would have to sign too.
 * Throws `SIGN_CONFIG_INVALID` for a key or store that a cluster could not use.
 */
export function updateKeysManifest({ name, publicKeys, store }: UpdateKeysOptions): string {
  const keyring = joinKeyrings(publicKeys);
  const manifest = stringify(
    {
      apiVersion: 'v1',
      data: { [`${STORE_PREFIX}${name}`]: store, [`${KEY_PREFIX}${name}`]: keyring },
      kind: 'ConfigMap',
      metadata: {
        annotations: {
          'include.release.openshift.io/hypershift': 'true',
          'include.release.openshift.io/ibm-cloud-managed': 'true',
          'include.release.openshift.io/self-managed-high-availability': 'true',
          'include.release.openshift.io/single-node-developer': 'true',
          [ANNOTATION]: '',
        },
        name: 'release-verification',
        namespace: 'openshift-config-managed',
      },
    },
    { lineWidth: 0 },
  );
  const [lost] = parseVerificationConfigMap(manifest).dropped;
  if (lost !== undefined)
    throw invalid(`the Cluster Version Operator drops the key ${lost.fingerprint} of the ring.`, `data.${lost.name}`);
  return manifest;
}
