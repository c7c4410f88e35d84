import type { AuditReport, Finding, FindingOrigin } from './model.ts';

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

const short = (digest: string): string => digest.replace(/^(sha\d+:[0-9a-f]{12})[0-9a-f]+$/u, '$1');

/** `layer 2 of 4 of base image "base-stream9" (sha256:0123…)` */
export function describeLayer(origin: FindingOrigin): string {
  const whose = origin.base === null ? '' : ` of base image "${origin.base}"`;
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

function imageLine({ images }: Finding): string {
  const names = images.map(({ name, hiddenBy, exceptions }) => {
    const remarks = [
      ...(hiddenBy === null ? [] : [`hidden by layer ${hiddenBy}, still distributed`]),
      ...(exceptions.length === 0 ? [] : [`excepted by ${exceptions.join(', ')}`]),
    ];
    return remarks.length === 0 ? name : `${name} (${remarks.join('; ')})`;
  });
  return `in ${plural(images.length, 'image')}: ${names.join(', ')}`;
}

function findingLines(finding: Finding): string[] {
  const { origin } = finding;
  const instruction = origin && describeInstruction(origin);
  const mark = finding.status === 'excepted' ? 'EXCEPTED' : finding.severity.toUpperCase();
  return [
    `${mark} ${finding.rule} ${finding.message}`,
    ...(origin ? [`    introduced in ${describeLayer(origin)}`] : []),
    ...(instruction ? [`    by ${instruction}`] : []),
    ...(finding.images.length > 0 ? [`    ${imageLine(finding)}`] : []),
    ...finding.evidence.map((line) => `    - ${line}`),
    ...finding.also.map((line) => `    also ${line}`),
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd(),
  );
}

/** The report for people: verdict first, then findings worst first, then what it rests on. Deterministic. */
export function textReport(report: AuditReport): string {
  const { totals } = report;
  const { deny, warn, info, excepted } = totals.findings;
  const lines = [
    `Audit ${report.verdict === 'pass' ? 'passed' : 'FAILED'} under policy ${report.policy.name} (${short(report.policy.digest)}), judged on ${report.judgedOn}.`,
    `${plural(totals.images, 'image')}, ${plural(totals.layers, 'distinct layer')}, ${plural(totals.packages, 'package')} (${totals.distinctPackages} distinct builds).`,
    `Findings: ${deny} deny, ${warn} warn, ${info} info, ${excepted} excepted.`,
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
  ];
  return `${lines.join('\n')}\n`;
}
