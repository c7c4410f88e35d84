import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { HeldSignatures, SignatureFile } from '../../../sign/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { ifThere, writeFileAtomic, writeFileNew } from '../../../util/files.ts';
import { readFileBounded } from '../../../util/read.ts';
import { LAYOUTS } from '../layouts.ts';

/** What a signature in the folder is of. */
export interface SignedName {
  readonly digest: string;
  /** Pull spec of the release, by tag. */
  readonly repository: string;
}

/** How often a number is looked for again that another signer took meanwhile. */
const MOST_TRIES = 10;

async function numbered(folder: string): Promise<ReadonlyMap<number, Uint8Array>> {
  const names = (await ifThere(readdir(folder), folder)) ?? [];
  const found = new Map<number, Uint8Array>();
  for (const name of names) {
    const number = /^signature-([1-9])$/.exec(name)?.[1];
    if (number !== undefined) found.set(Number(number), await readFileBounded(join(folder, name)));
  }
  return found;
}

async function held(to: string, name: SignedName): Promise<HeldSignatures> {
  const { configMapFile, configMapSignatures, numberedPath } = await import('../../../sign/index.ts');
  const folder = (layout: 'cvo' | 'lookaside'): string =>
    dirname(join(to, LAYOUTS[layout], numberedPath(layout, name, 1)));
  const file = join(to, LAYOUTS.configmap, configMapFile(name.digest));
  const text = (await ifThere(readFileBounded(file), file))?.toString('utf8');
  return {
    cvo: await numbered(folder('cvo')),
    lookaside: await numbered(folder('lookaside')),
    configmap: text === undefined ? [] : configMapSignatures(text, name.digest, file),
  };
}

/**
 * Puts a signature into every layout of a folder, beside those that are there, unless one that is as good is among them.
 * A layout that lacks what another has gets it. No file of a signature is ever written over, and of two that sign at
 * once both get a number. Returns the files. Throws `SIGN_STORE_FULL`, `SIGN_STORE_INVALID`, `STORAGE_…`.
 */
export async function storeSignature(
  to: string,
  name: SignedName,
  signature: Uint8Array,
  by: { readonly publicKey: string; readonly at: Date },
): Promise<readonly string[]> {
  const { heldSignatures, missingFiles, numberedPath, placeSignature, configMapFile } = await import(
    '../../../sign/index.ts'
  );
  const pathOf = ({ layout, path }: Pick<SignatureFile, 'layout' | 'path'>): string =>
    resolve(to, LAYOUTS[layout], path);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const now = await held(to, name);
    const existing = heldSignatures(now);
    const { alreadyThere } = placeSignature(existing, signature, { ...by, digest: name.digest });
    const signatures = alreadyThere ? existing : [...existing, signature];
    const missing = missingFiles(now, { ...name, signatures });
    if (missing.length === 0) {
      const files = (['cvo', 'lookaside'] as const).flatMap((layout) =>
        [...now[layout].keys()]
          .sort((a, b) => a - b)
          .map((number) => pathOf({ layout, path: numberedPath(layout, name, number) })),
      );
      return [...files, pathOf({ layout: 'configmap', path: configMapFile(name.digest) })];
    }
    for (const file of missing) {
      if (file.layout === 'configmap') await writeFileAtomic(pathOf(file), file.bytes);
      // Somebody else has taken the number: what is there now is read again.
      else if (!(await writeFileNew(pathOf(file), file.bytes))) break;
    }
  }
  throw new SlipwayError('SIGN_STORE_BUSY', 'others sign at the same time, again and again.', {
    place: { file: resolve(to) },
    hint: `Sign ${basename(name.repository)} again when they are done.`,
  });
}
