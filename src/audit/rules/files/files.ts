import type { FileCheck } from '../../model/index.ts';
import { describeSigner, signerOf } from '../packages/signer.ts';
import type { Rule } from '../rule.ts';

/** Lines of evidence that one finding shows; the rest is counted. */
const MOST_LINES = 20;

const shortened = (lines: readonly string[]): string[] =>
  lines.length <= MOST_LINES ? [...lines] : [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more`];

const changedLine = ({ path, layer, signed, found }: FileCheck['changed'][number]): string =>
  `${path}, of layer ${layer + 1}: ${found} instead of ${signed}`;

const changedFiles: Rule<'fileCheck'> = {
  id: 'RPM-011',
  title: 'files differ from the digests in the signed header',
  subject: 'fileCheck',
  severity: 'deny',
  fixed: false,
  test({ state, compared, changed }) {
    if (state !== 'differs') return undefined;
    return {
      message: `${changed.length} of the ${compared} files that were compared are not the ones its header lists`,
      evidence: shortened(changed.map(changedLine)),
    };
  },
};

const copiedProgram: Rule<'unowned'> = {
  id: 'BIN-001',
  title: 'program without a package that is a program of a denied package',
  subject: 'unowned',
  severity: 'deny',
  fixed: false,
  test({ sha256, packages }, policy) {
    const holders = packages.map(({ pkg, path }) => ({ pkg, path, signer: signerOf(pkg, policy) }));
    const denied = holders.filter(({ signer }) => signer.entry?.verdict === 'deny');
    // The same program in an allowed package is a way to have come by it.
    if (denied.length === 0 || holders.some(({ signer }) => signer.entry?.verdict === 'allow')) return undefined;
    return {
      message: `byte for byte a program of ${denied[0]?.pkg.nevra ?? ''}, and no package of the image has it`,
      evidence: [
        `sha256: ${sha256}`,
        ...shortened(denied.map(({ pkg, path, signer }) => `/${path} of ${pkg.nevra}: ${describeSigner(signer)}`)),
      ],
    };
  },
};

export const fileCheckRules: readonly Rule<'fileCheck'>[] = [changedFiles];
export const unownedRules: readonly Rule<'unowned'>[] = [copiedProgram];
