import { Command } from 'commander';
import { type Format, formatOption, print } from '../output.ts';
import { type GraphFlags, requiredFiles, timeOf, withGraphFiles } from './sources.ts';

interface LintFlags extends GraphFlags {
  readonly rule?: readonly string[];
  readonly strict?: boolean;
  readonly format: Format;
}

async function lint(flags: LintFlags): Promise<void> {
  const { compileGraph, LINT_RULES, lintGraph, readInputs } = await import('../../graph/index.ts');
  // what cannot be read is a finding, not the end
  const { data, releases, evidence } = await readInputs(requiredFiles(flags), { strict: false });
  const compiled = compileGraph(data, releases, { evidence, at: timeOf(flags.at) });
  const findings = lintGraph({ data, releases, compiled }, flags.rule);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0 || (flags.strict === true && findings.length > 0)) process.exitCode = 1;
  print(flags.format, { rules: LINT_RULES.map(({ id, title, severity }) => ({ id, title, severity })), findings }, () =>
    [
      ...findings.map(
        ({ file, line, field, severity, rule, message }) =>
          `${file}${line === undefined ? '' : `:${line}`}: ${severity}: ${field === undefined ? '' : `${field}: `}${message} [${rule}]`,
      ),
      `${errors} errors, ${findings.length - errors} warnings`,
    ].join('\n'),
  );
}

/** `slipway graph lint` */
export function lintCommand(): Command {
  return withGraphFiles(new Command('lint'))
    .description('Looks for what goes wrong in graph-data, here and in Cincinnati. Exits 1 on errors.')
    .option('--rule <ids...>', 'only these rules')
    .option('--strict', 'exit 1 on warnings too')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway graph lint --graph-data ./graph-data --releases releases.jsonl')
    .action(lint);
}
