import { parseVerificationConfigMap } from '../../sign/index.ts';
import { messageOf } from '../../util/index.ts';
import type { PayloadFile } from '../files.ts';
import { at, isObject, type Manifest } from '../manifest/index.ts';
import { isVerificationConfig } from '../trust/index.ts';
import { readFile } from './read.ts';
import type { ReadFile, TrustConfig, TrustKey } from './types.ts';

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
    manifest,
    keys: (await Promise.all(rings.map(keysOf))).flat(),
    dropped: [],
    stores,
  };
  try {
    const { dropped } = parseVerificationConfigMap(JSON.stringify(manifest.object));
    return { ...base, dropped: dropped.map(({ fingerprint }) => fingerprint) };
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
  return await Promise.all(manifests.filter(isVerificationConfig).map(trustOf));
}
