import type { Manifest } from '../../manifest/index.ts';
import { type Leaf, leaves } from './leaves.ts';

export const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/;

/** `-----BEGIN` in base64. */
const ARMOR = 'LS0tLS1CRUdJTi';
/** A file in an Ignition configuration (RFC 2397). */
const DATA_URL = /^data:[^,]{0,200}?(;base64)?,/;

/** Whether all that the field may hold is base64 (Kubernetes API, `[]byte`). */
function isEncoded({ group, kind }: Manifest, path: string): boolean {
  if (group !== '') return false;
  return (kind === 'Secret' && path.startsWith('data.')) || (kind === 'ConfigMap' && path.startsWith('binaryData.'));
}

/** What the text says once it is decoded; the text itself where it is not encoded. */
function decoded(manifest: Manifest, { path, value }: Leaf): string {
  const [head, base64] = DATA_URL.exec(value) ?? [];
  if (head !== undefined && base64 === undefined) return value.replaceAll('%20', ' ');
  if (head === undefined && !isEncoded(manifest, path) && !value.trimStart().startsWith(ARMOR)) return value;
  return Buffer.from(value.slice(head?.length ?? 0), 'base64').toString('latin1');
}

/** Fields of an object that hold a private key, as text or in base64. */
export function privateKeysIn(manifest: Manifest): readonly string[] {
  return leaves(manifest.object)
    .filter((leaf) => PRIVATE_KEY.test(leaf.value) || PRIVATE_KEY.test(decoded(manifest, leaf)))
    .map(({ path }) => path);
}
