import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { AuditReport, ReportContext, ReportFormat } from '../../audit/index.ts';

/** Named here as well, so that the help of a command need not load the formats. */
const FORMATS: Readonly<Record<ReportFormat, true>> = {
  text: true,
  json: true,
  cyclonedx: true,
  spdx: true,
  sarif: true,
  junit: true,
  csv: true,
};

export interface FormFlags {
  readonly format: ReportFormat;
  readonly output?: string;
  readonly perImage?: string;
}

/** How reports are written: `--format`, `--output`, `--per-image`. */
export function withForms(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'form of the report').choices(Object.keys(FORMATS)).default('text'))
    .option('--output <file>', 'write the report here instead of printing it')
    .option('--per-image <dir>', 'write one report for each image into this folder as well');
}

/** What is refused is so whatever else could not be read (`sign verify` has the same order). */
const EXIT_CODES = { pass: 0, fail: 1, incomplete: 2 } as const;

/**
 * Writes a report in the form that was asked for, and sets the exit code by its verdict; files appear whole or not at
 * all.
 */
export async function writeReport(report: AuditReport, flags: FormFlags, context: ReportContext = {}): Promise<void> {
  const { formatAuditReport, imageFileNames, onlyImage, REPORT_FORMATS } = await import('../../audit/index.ts');
  const { writeFileAtomic } = await import('../../util/index.ts');
  const { format, output, perImage } = flags;
  if (perImage !== undefined) {
    const names = imageFileNames(report.images);
    for (const [index, image] of report.images.entries()) {
      const file = join(perImage, `${names[index]}.${REPORT_FORMATS[format].extension}`);
      await writeFileAtomic(file, formatAuditReport(onlyImage(report, image), format));
    }
  }
  const text = formatAuditReport(report, format, context);
  if (output === undefined) process.stdout.write(text);
  else await writeFileAtomic(output, text);
  if (report.verdict !== 'pass') process.exitCode = EXIT_CODES[report.verdict];
}
