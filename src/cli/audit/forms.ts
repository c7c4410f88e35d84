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

/** Names of files, one for each image: `ironic/agent` becomes `ironic-agent`, a second one `ironic-agent-2`. */
function fileNames(images: AuditReport['images']): string[] {
  const taken = new Set<string>();
  return images.map(({ name }) => {
    const wanted = name.replace(/[^A-Za-z0-9._-]+/gu, '-').replace(/^\.+/u, '');
    let free = wanted;
    for (let n = 2; taken.has(free); n++) free = `${wanted}-${n}`;
    taken.add(free);
    return free;
  });
}

/** Writes a report in the form that was asked for; files appear whole or not at all. */
export async function writeReport(report: AuditReport, flags: FormFlags, context: ReportContext = {}): Promise<void> {
  const { formatAuditReport, onlyImage, REPORT_FORMATS } = await import('../../audit/index.ts');
  const { writeFileAtomic } = await import('../../util/index.ts');
  const { format, output, perImage } = flags;
  if (perImage !== undefined) {
    const names = fileNames(report.images);
    for (const [index, image] of report.images.entries()) {
      const file = join(perImage, `${names[index]}.${REPORT_FORMATS[format].extension}`);
      await writeFileAtomic(file, formatAuditReport(onlyImage(report, image), format));
    }
  }
  const text = formatAuditReport(report, format, context);
  if (output === undefined) process.stdout.write(text);
  else await writeFileAtomic(output, text);
}
