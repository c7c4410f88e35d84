import { plural, printable } from '../../util/index.ts';
import type { AuditReport, ChosenAt, Finding, FindingOrigin, FindingSubject, ReportFormatter } from '../model/index.ts';

const short = (digest: string): string => digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/u, '$1');

const WHOSE = {
  known: (name: string) => ` of base image "${name}"`,
  image: (name: string) => ` of the image "${name}", which others are built on`,
  shared: (name: string) => ` of a shared base image, ${name}`,
} as const;

/** `layer 2 of 4 of base image "base-stream9" (sha256:0123…)` */
export function describeLayer(origin: FindingOrigin): string {
  const { base, baseKind } = origin;
  const whose = base === null || baseKind === null ? '' : WHOSE[baseKind](base);
  return `layer ${origin.layer} of ${origin.layers}${whose} (${origin.digest})`;
}

/** What wrote the layer: an instruction, "one of N instructions", or null when the history does not tell. */
export function describeInstruction(origin: FindingOrigin): string | null {
  const [first] = origin.instructions;
  if (first === undefined) return null;
  const { length } = origin.instructions;
  return length === 1 ? first : `one of ${length} instructions: ${origin.instructions.join(' · ')}`;
}

/** Base image and instruction that brought it in, as far as they are known, for one line. */
export function describeIntroduction(origin: FindingOrigin): string | null {
  const parts = [origin.base === null ? null : `base image "${origin.base}"`, describeInstruction(origin)];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.join(', ');
}

/** `stream.yaml:93 says "base: harbor/base-els"; before, it was harbor/base-stream9` */
export function describeChoice({ file, line, text, before }: ChosenAt): string {
  const was = before === null ? '' : `; before, it was ${before}`;
  return `${file}:${line} says "${text}"${was}`;
}

/** Where something came in and who brought it, one line a fact; empty for what stands at no layer. */
export function describeOrigin(origin: FindingOrigin): string[] {
  const instruction = describeInstruction(origin);
  return [
    `introduced in ${describeLayer(origin)}`,
    ...(instruction === null ? [] : [`by ${instruction}`]),
    ...(origin.repositories.length === 0
      ? []
      : [
          `from ${plural(origin.repositories.length, 'repository', 'repositories')}: ${origin.repositories.join(', ')}`,
        ]),
    ...origin.commands.map((command) => `dnf's history: ${command}`),
    ...(origin.below === null ? [] : [`the base image below it, "${origin.below}", does not have it`]),
    ...(origin.chosenAt === null ? [] : [`line to revert: ${describeChoice(origin.chosenAt)}`]),
  ];
}

function imageLine({ images, origin }: Finding): string {
  const names = images.map(({ name, hiddenBy, exceptions, by, accepted }) => {
    const remarks = [
      ...(hiddenBy === null ? [] : [`hidden by layer ${hiddenBy}, still distributed`]),
      ...(by === 'transactions' ? ['flattened; told by the transactions of its packages'] : []),
      ...(exceptions.length === 0 ? [] : [`excepted by ${exceptions.join(', ')}`]),
      ...(accepted ? ['in the accepted baseline'] : []),
    ];
    return remarks.length === 0 ? name : `${name} (${remarks.join('; ')})`;
  });
  const inherited = origin !== null && origin.base !== null ? 'inherited by' : 'in';
  return `${inherited} ${plural(images.length, 'image')}: ${names.join(', ')}`;
}

function subjectLines({ label, message, evidence, also }: FindingSubject, alone: boolean): string[] {
  const lines = [...evidence.map((line) => `- ${line}`), ...also.map((line) => `also ${line}`)];
  return alone ? lines : [`* ${label}: ${message}`, ...lines.map((line) => `  ${line}`)];
}

const MARKS = { open: null, excepted: 'EXCEPTED', known: 'KNOWN' } as const;

function findingLines(finding: Finding): string[] {
  const { origin, subjects } = finding;
  const mark = MARKS[finding.status] ?? finding.severity.toUpperCase();
  const lines = [
    ...(origin === null ? [] : describeOrigin(origin)),
    ...(finding.images.length > 0 ? [imageLine(finding)] : []),
    ...subjects.flatMap((subject) => subjectLines(subject, subjects.length === 1)),
  ];
  return [`${mark} ${finding.rule} ${finding.message}`, ...lines.map((line) => `    ${line}`)];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  );
}

const VERDICTS = { pass: 'passed', fail: 'FAILED', incomplete: 'is INCOMPLETE' } as const;

function unreadLines({ unread = [] }: AuditReport): string[] {
  if (unread.length === 0) return [];
  return [
    `NOT JUDGED, as ${unread.length === 1 ? 'it' : 'they'} could not be read: ${plural(unread.length, 'image')}.`,
    ...unread.flatMap(({ name, digest, pullSpec, code, message }) => [
      `    ${name}${digest === null ? '' : ` (${digest})`}: ${message} [${code}]`,
      ...(pullSpec === null ? [] : [`        ${pullSpec}`]),
    ]),
  ];
}

/** The report for people: verdict first, then findings worst first, then what it rests on. Deterministic. */
export function textReport(report: AuditReport): string {
  const { totals } = report;
  const { deny, warn, info, excepted, known } = totals.findings;
  const lines = [
    `Audit ${VERDICTS[report.verdict]} under policy ${report.policy.name} (${short(report.policy.digest)}, profile ${report.policy.profile}), judged on ${report.judgedOn}.`,
    `${plural(totals.images, 'image')}, ${plural(totals.layers, 'distinct layer')}, ${plural(totals.packages, 'package')} (${totals.distinctPackages} distinct builds).`,
    `Findings: ${deny} deny, ${warn} warn, ${info} info, ${excepted} excepted, ${known} known.`,
    ...unreadLines(report),
    '',
    ...report.findings.flatMap((finding) => [...findingLines(finding), '']),
    'Proof of packages:',
    ...table(report.proof.map(({ level, label, packages }) => [level, label, String(packages)])),
    '',
    'Signers:',
    ...table([
      ['KEY', 'OWNER', 'POLICY', 'PACKAGES', 'VERIFIED', 'IMAGES'],
      ...report.signers.map((row) => [
        row.keyId === '' ? '-' : row.keyId,
        row.owner,
        row.verdict,
        String(row.packages),
        String(row.verified),
        String(row.images),
      ]),
    ]),
    '',
    'Images:',
    ...table([
      ['IMAGE', 'PACKAGES', 'HIDDEN', 'LAYERS', 'BASE', 'DIGEST'],
      ...report.images.map((image) => [
        image.name,
        String(image.packages.length),
        String(image.hiddenPackages.length),
        String(image.layers.length),
        image.base ?? '-',
        short(image.digest),
      ]),
    ]),
    '',
    'It rests on:',
    ...table([
      ...report.keyrings.map((digest) => ['keyring', digest]),
      ...report.catalogues.map(({ name, digest, packages }) => [
        `catalogue ${name}`,
        `${digest}, ${plural(packages, 'package')}`,
      ]),
      ['known signing keys', report.knowledge.signingKeys],
      ['known repositories', report.knowledge.repositories],
      ['files', report.deep ? 'compared with their signed digests' : 'not compared'],
    ]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

/** For people. */
export const textFormat: ReportFormatter = {
  id: 'text',
  title: 'Text',
  mediaType: 'text/plain; charset=utf-8',
  extension: 'txt',
  format: textReport,
};
