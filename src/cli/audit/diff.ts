import { Command } from 'commander';
import type { ComparedReport } from '../../audit/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { readJson } from '../../util/index.ts';
import { LARGE_FILE, readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';

async function reportOf(file: string): Promise<ComparedReport> {
  const { parseComparedReport } = await import('../../audit/index.ts');
  const text = (await readInput(file, { limit: LARGE_FILE })).toString('utf8');
  try {
    return parseComparedReport(readJson(text), { file });
  } catch (error) {
    if (error instanceof SlipwayError) throw error;
    throw new SlipwayError('AUDIT_REPORT_INVALID', 'the file is not JSON.', {
      place: { file },
      hint: 'Write one with `slipway audit payload REF --format json --output FILE`.',
      cause: error,
    });
  }
}

export function diffVerb(): Command {
  return new Command('diff')
    .description(
      'Compares two audits: packages, signers, base images and findings that changed. Exits 1 when the later one has findings that deny and that the earlier one has not.',
    )
    .argument('<before>', 'JSON report of an audit')
    .argument('<after>', 'JSON report of a later one')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit payload REF --policy policy.yaml --format json --output today.json\n  slipway audit diff yesterday.json today.json',
    )
    .action(async (before: string, after: string, flags: { readonly format: Format }) => {
      const { diffReports, textDifference } = await import('../../audit/index.ts');
      const difference = diffReports(await reportOf(before), await reportOf(after));
      print(flags.format, difference, () => textDifference(difference));
      const worse = difference.findings.added.some(({ severity, status }) => severity === 'deny' && status === 'open');
      if (worse) process.exitCode = 1;
    });
}
