import { SlipwayError } from '../../util/index.ts';
import {
  distinctSignatures,
  MAX_SIGNATURES,
  numberedPath,
  type SignatureFile,
  type SignatureSet,
  signatureFiles,
} from './stores.ts';

/** What is published of a digest, layout by layout: with more than one signer, or after a loss, they may differ. */
export interface HeldSignatures {
  /** By number, of those that clients read. */
  readonly cvo: ReadonlyMap<number, Uint8Array>;
  readonly lookaside: ReadonlyMap<number, Uint8Array>;
  /** In the order of their names; clients go by none. */
  readonly configmap: readonly Uint8Array[];
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** Those that are more than an empty file, each once. */
function distinct(signatures: readonly Uint8Array[]): readonly Uint8Array[] {
  return distinctSignatures(signatures.filter(({ length }) => length > 0));
}

function inOrder(numbered: ReadonlyMap<number, Uint8Array>): readonly Uint8Array[] {
  return [...numbered].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
}

/** Every signature that any of the layouts holds, each once. */
export function heldSignatures({ cvo, lookaside, configmap }: HeldSignatures): readonly Uint8Array[] {
  return distinct([...inOrder(cvo), ...inOrder(lookaside), ...configmap]);
}

/**
 * The files that are still to be written for all layouts to hold all the signatures. Numbers that are taken stay as they
 * are, gaps are filled, for clients stop at them; of files only the ConfigMap replaces one, and keeps all that it holds.
 * Throws `SIGN_STORE_FULL`.
 */
export function missingFiles(
  held: HeldSignatures,
  { digest, repository, signatures }: SignatureSet,
): readonly SignatureFile[] {
  const numbered = (layout: 'cvo' | 'lookaside'): readonly SignatureFile[] => {
    const taken = held[layout];
    const there = new Set([...taken.values()].map(textOf));
    const missing = signatures.filter((bytes) => !there.has(textOf(bytes)));
    const free = Array.from({ length: MAX_SIGNATURES }, (_, at) => at + 1).filter((number) => !taken.has(number));
    return missing.map((bytes, at) => {
      const number = free[at];
      if (number === undefined)
        throw new SlipwayError(
          'SIGN_STORE_FULL',
          `${digest} has ${taken.size} signatures and would get ${missing.length} more; clusters read ${MAX_SIGNATURES}.`,
        );
      return { layout, path: numberedPath(layout, { digest, repository }, number), bytes };
    });
  };
  const inConfigMap = distinct([...held.configmap, ...signatures]);
  const configMap =
    // Each once on both sides: a ConfigMap may hold one twice, or an empty one.
    inConfigMap.length === distinct(held.configmap).length
      ? []
      : signatureFiles({ digest, repository, signatures: inConfigMap }).filter(({ layout }) => layout === 'configmap');
  return [...numbered('cvo'), ...numbered('lookaside'), ...configMap];
}
