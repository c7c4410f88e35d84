import { type ImageSource, labelsOf } from '../../oci/index.ts';
import { parseVerificationConfigMap } from '../../sign/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { DEFAULT_BASE_TAG, METADATA_FILE } from '../assemble/assemble.ts';
import { BASE_DIGEST_LABEL, isOperator } from '../assemble/labels.ts';
import { REFERENCES_FILE } from '../assemble/operator.ts';
import { type ComponentResult, tryComponents } from '../info/components.ts';
import { at, isManifestFile, isObject, parseManifests } from '../manifest/parse.ts';
import type { Manifest } from '../manifest/types.ts';
import { compareBytes } from '../text/go-json.ts';
import type { LayeredFile, Payload, PayloadFile } from '../types.ts';
import type { LintFacts, ReadFile, TrustConfig, TrustKey } from './types.ts';

export const VERIFICATION_ANNOTATION = 'release.openshift.io/verification-config-map';

export interface LintOptions {
  /** Opens the repository of a pull spec; nothing else is asked over the network. */
  readonly resolve: (pullSpec: string) => ImageSource;
  /** Time at which keys are judged. */
  readonly at: Date;
  readonly architecture?: string;
  readonly concurrency?: number;
}

/** Reads a file as the Cluster Version Operator would; what it refuses is kept as an error. */
export function readFile(file: PayloadFile): ReadFile {
  const text = Buffer.from(file.bytes).toString('utf8');
  if (!isManifestFile(file.name)) return { file, text, manifests: [] };
  try {
    return { file, text, manifests: parseManifests(text, file.name) };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { file, text, manifests: [], error };
  }
}

/** OpenPGP keys of an armored ring, as far as they can be read. */
async function keysOf(armored: string): Promise<readonly TrustKey[]> {
  const { readKeys } = await import('openpgp');
  const keys = await readKeys({ armoredKeys: armored }).catch(() => []);
  return await Promise.all(
    keys.map(async (key): Promise<TrustKey> => {
      const expires = await key.getExpirationTime().catch(() => null);
      return {
        fingerprint: key.getFingerprint().toUpperCase(),
        algorithm: key.getAlgorithmInfo().algorithm,
        userId: key.getUserIDs()[0] ?? '',
        ...(expires instanceof Date ? { expires: expires.getTime() / 1000 } : {}),
      };
    }),
  );
}

async function trustOf(manifest: Manifest): Promise<TrustConfig> {
  const data = at(manifest.object, 'data');
  const texts = isObject(data)
    ? Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    : [];
  const rings = texts.filter(([key]) => key.startsWith('verifier-public-key-')).map(([, value]) => value);
  const stores = texts.filter(([key]) => key.startsWith('store-')).map(([, value]) => value.trim());
  const base = {
    file: manifest.file,
    line: manifest.line,
    keys: (await Promise.all(rings.map(keysOf))).flat(),
    stores,
  };
  try {
    parseVerificationConfigMap(JSON.stringify(manifest.object));
    return base;
  } catch (error) {
    return { ...base, error: messageOf(error) };
  }
}

/** The verification ConfigMaps in the order the Cluster Version Operator meets them: /manifests first. */
export async function trustConfigs(
  base: readonly PayloadFile[] | undefined,
  files: readonly ReadFile[],
): Promise<readonly TrustConfig[]> {
  const read = [...(base ?? []).map(readFile), ...files];
  const manifests = read.flatMap((file) => file.manifests);
  return await Promise.all(
    manifests
      .filter(
        ({ group, kind, annotations }) =>
          group === '' && kind === 'ConfigMap' && annotations !== null && VERIFICATION_ANNOTATION in annotations,
      )
      .map(trustOf),
  );
}

/** The component that the release was built on. */
function baseOf(payload: Payload, results: readonly ComponentResult[]): readonly LayeredFile[] | undefined {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  return results
    .flatMap(({ image }) => (image === undefined ? [] : [image]))
    .find((image) => image.digest === digest && image.manifests !== undefined)?.manifests;
}

/**
 * Gathers what the rules look at: the payload's files, every component's manifest and configuration, `/manifests` of
 * operators and of the base image. An image that cannot be read is a finding, not an error.
 */
export async function gatherFacts(payload: Payload, options: LintOptions): Promise<LintFacts> {
  const digest = labelsOf(payload.image.config)[BASE_DIGEST_LABEL];
  const isBase = (name: string): boolean =>
    name === DEFAULT_BASE_TAG || payload.images.some((image) => image.name === name && image.digest === digest);
  const results = await tryComponents(payload, {
    resolve: options.resolve,
    ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    manifests: (name, labels) => isOperator(labels) || isBase(name),
  });
  const files = payload.files
    .filter(({ name }) => name !== REFERENCES_FILE && name !== METADATA_FILE)
    .sort((a, b) => compareBytes(a.name, b.name))
    .map(readFile);
  const base = baseOf(payload, results);
  return {
    payload,
    files,
    base,
    components: results.flatMap(({ image }) => (image === undefined ? [] : [image])),
    unreadable: results.flatMap((result) => (result.error === undefined ? [] : [result])),
    trust: await trustConfigs(base, files),
    at: options.at,
  };
}
