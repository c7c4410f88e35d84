import { plural } from '../../util/index.ts';
import type { AuditDifference, BaseDifference, PackageChange } from './diff.ts';

const versionOf = ({ before, after }: PackageChange): string => {
  if (before === null) return `added ${after}`;
  if (after === null) return `removed ${before}`;
  return before === after ? `${after}, by another hand` : `${before} ► ${after}`;
};

function packageLine(change: PackageChange): string {
  const { name, signer, images } = change;
  return `  ${name}: ${versionOf(change)}, signed by ${signer ?? 'nobody'}, in ${plural(images.length, 'image')}: ${images.join(', ')}`;
}

function baseLine({ before, after, signersAdded, signersRemoved, images }: BaseDifference): string {
  const signers = [...signersAdded.map((name) => `+ ${name}`), ...signersRemoved.map((name) => `- ${name}`)];
  return `  ${before ?? 'none'} ► ${after ?? 'none'}${signers.length === 0 ? ', the same signers' : `, signers: ${signers.join(', ')}`}, under ${images.join(', ')}`;
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];

/** The difference for people. Deterministic. */
export function textDifference({ verdict, images, packages, signers, bases, findings }: AuditDifference): string {
  const lines = [
    `Verdict: ${verdict.before === verdict.after ? `${verdict.after}, as before` : `${verdict.before} ► ${verdict.after}`}.`,
    ...section('Images:', [
      ...images.added.map((name) => `  + ${name}`),
      ...images.removed.map((name) => `  - ${name}`),
    ]),
    ...section('Base images:', bases.map(baseLine)),
    ...section('Signers:', [
      ...signers.added.map(
        ({ owner, keyId, packages: count }) => `  + ${owner}, key ${keyId || 'none'}, ${plural(count, 'package')}`,
      ),
      ...signers.removed.map(({ owner, keyId }) => `  - ${owner}, key ${keyId || 'none'}`),
    ]),
    ...section('Findings:', [
      ...findings.added.map(({ rule, severity, message }) => `  + ${severity} ${rule} ${message}`),
      ...findings.gone.map(({ rule, severity, message }) => `  - ${severity} ${rule} ${message}`),
    ]),
    ...section('Packages:', packages.map(packageLine)),
  ];
  const same = lines.length === 1;
  return `${lines.join('\n')}\n${same ? 'Nothing else differs.\n' : ''}`;
}
