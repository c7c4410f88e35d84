import { SlipwayError } from '../../util/index.ts';
import { inspectSignature } from '../signatures/verify.ts';
import type { StoredFile } from '../types.ts';

/** Clusters look at `signature-1` to `signature-9` and stop at the first that is not there (payload format § 3.1). */
export const MAX_SIGNATURES = 9;

/** Signatures of the same bytes once, in the order in which they come. */
export function distinctSignatures(signatures: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(signatures.map((bytes) => [Buffer.from(bytes).toString('base64'), bytes] as const)).values()];
}

const DIGEST = /^([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/;

function digestParts(digest: string): { readonly algorithm: string; readonly hash: string } {
  const [, algorithm, hash] = DIGEST.exec(digest) ?? [];
  if (algorithm === undefined || hash === undefined)
    throw new SlipwayError('SIGN_DIGEST_INVALID', `the provided digest, ${digest}, must be of the form ALGO:HASH.`);
  return { algorithm, hash };
}

/** `sha256=HEX`, the folder of a digest in a signature store. */
export function storePath(digest: string): string {
  const { algorithm, hash } = digestParts(digest);
  return `${algorithm}=${hash}`;
}

/** `okd/scos-release` of `quay.io/okd/scos-release:4.21`: the lookaside layout leaves the registry's name out. */
export function repositoryPath(repository: string): string {
  const bare = repository.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  const [host = '', ...rest] = bare.split('/');
  return rest.length > 0 && (/[.:]/.test(host) || host === 'localhost') ? rest.join('/') : bare;
}

export interface SignatureSet {
  readonly digest: string;
  /** Repository that the release is pulled from, with or without its registry. */
  readonly repository: string;
  /** All signatures of the digest in order: the first becomes `signature-1`. */
  readonly signatures: readonly Uint8Array[];
}

/** A file of one of the three forms in which clients look for signatures. */
export interface SignatureFile extends StoredFile {
  readonly layout: 'cvo' | 'lookaside' | 'configmap';
}

/** Name of the ConfigMap's file, as oc names it. */
export function configMapFile(digest: string): string {
  const { algorithm, hash } = digestParts(digest);
  return `signature-${algorithm}-${hash.slice(0, 16)}.json`;
}

/** Where a signature lies below the root of its layout. */
export function numberedPath(
  layout: 'cvo' | 'lookaside',
  { digest, repository }: Pick<SignatureSet, 'digest' | 'repository'>,
  number: number,
): string {
  const folder = storePath(digest);
  return `${layout === 'cvo' ? folder : `${repositoryPath(repository)}@${folder}`}/signature-${number}`;
}

/**
 * The files to publish for a digest: the store that clusters read (`sha256=HEX/signature-N`), the lookaside that podman
 * and skopeo read (`REPOSITORY@sha256=HEX/signature-N`), and the ConfigMap for disconnected clusters
 * (`signature-sha256-HEX16.json`, as `oc adm release mirror` writes it). Paths are relative to the root of each.
 */
export function signatureFiles({ digest, repository, signatures }: SignatureSet): SignatureFile[] {
  if (signatures.length > MAX_SIGNATURES)
    throw new SlipwayError(
      'SIGN_STORE_FULL',
      `a digest can have ${MAX_SIGNATURES} signatures, not ${signatures.length}.`,
    );
  const numbered = (layout: 'cvo' | 'lookaside'): SignatureFile[] =>
    signatures.map((bytes, at) => ({ layout, path: numberedPath(layout, { digest, repository }, at + 1), bytes }));
  return [
    ...numbered('cvo'),
    ...numbered('lookaside'),
    {
      layout: 'configmap',
      path: configMapFile(digest),
      bytes: new TextEncoder().encode(signatureConfigMap(digest, signatures)),
    },
  ];
}

/** The ConfigMap that carries signatures into a cluster, byte for byte as `oc` writes it. */
export function signatureConfigMap(digest: string, signatures: readonly Uint8Array[]): string {
  const { algorithm, hash } = digestParts(digest);
  const name = `${algorithm}-${hash}`;
  const configMap = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace: 'openshift-config-managed',
      creationTimestamp: null,
      labels: { 'release.openshift.io/verification-signatures': '' },
    },
    binaryData: Object.fromEntries(
      signatures.map((bytes, at) => [`${name}-${at + 1}`, Buffer.from(bytes).toString('base64')]),
    ),
  };
  return `${JSON.stringify(configMap)}\n`;
}

/**
 * Where a new signature goes among those stored (`existing[0]` is `signature-1`): the next free number, or that of a
 * stored one which is just as good (same key and reference, and still accepted), so that signing twice changes nothing.
 * Throws `SIGN_STORE_FULL` when 1 to 9 are taken.
 */
export function placeSignature(
  existing: readonly Uint8Array[],
  signature: Uint8Array,
  context: { readonly digest: string; readonly publicKey: string; readonly at: Date },
): { readonly number: number; readonly alreadyThere: boolean } {
  const { digest, publicKey, at } = context;
  const { reference } = inspectSignature(signature, publicKey, { digest, at });
  const same = existing.findIndex((stored) => isAsGood(stored, publicKey, { digest, reference, at }));
  if (same !== -1 && same < MAX_SIGNATURES) return { number: same + 1, alreadyThere: true };
  if (existing.length >= MAX_SIGNATURES)
    throw new SlipwayError('SIGN_STORE_FULL', `${digest} has ${existing.length} signatures; clusters read no more.`);
  return { number: existing.length + 1, alreadyThere: false };
}

/** Another signer's signature, or a damaged one, is simply not ours: it keeps its number. */
function isAsGood(
  stored: Uint8Array,
  publicKey: string,
  expected: { readonly digest: string; readonly reference: string; readonly at: Date },
): boolean {
  try {
    const { reference, accepts } = inspectSignature(stored, publicKey, { digest: expected.digest, at: expected.at });
    return accepts.cvo.accepted && reference === expected.reference;
  } catch (error) {
    if (error instanceof SlipwayError) return false;
    throw error;
  }
}
