import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { SlipwayError } from '../../util/errors.ts';
import { readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';

async function test(file: string, flags: { readonly policy?: string; readonly format: Format }): Promise<void> {
  const { parsePolicy, parsePolicyTest, runPolicyTest } = await import('../../audit/index.ts');
  const cases = parsePolicyTest((await readInput(file)).toString('utf8'), file);
  const named = cases.policy === undefined ? undefined : resolve(dirname(file), cases.policy);
  const policyFile = flags.policy ?? named;
  if (policyFile === undefined)
    throw new SlipwayError('CLI_USAGE', 'nothing says which policy is to be tested.', {
      place: { file },
      hint: 'Write `policy: FILE` into it, or use --policy FILE.',
    });
  const policy = parsePolicy((await readInput(policyFile)).toString('utf8'), policyFile);
  const results = runPolicyTest(cases, policy, new Date());
  const failed = results.filter(({ passed }) => !passed);
  print(flags.format, { policy: { name: policy.name, digest: policy.digest }, cases: results }, () =>
    [
      ...results.flatMap(({ name, line, passed, differences }) => [
        `${passed ? 'ok  ' : 'FAIL'} ${name}${passed ? '' : ` (${file}:${line})`}`,
        ...differences.map((difference) => `       ${difference}`),
      ]),
      `${results.length - failed.length} of ${results.length} cases as expected, under policy ${policy.name}.`,
    ].join('\n'),
  );
  if (failed.length > 0) process.exitCode = 1;
}

export function policyVerb(): Command {
  const policy = new Command('policy').description('The audit policy itself.');
  policy
    .command('test')
    .description('Judges made-up cases by a policy and compares with what is expected. Exits 1 when one differs.')
    .argument('<file>', 'cases (YAML)')
    .option('--policy <file>', 'policy to test; default: the one that the file names')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway audit policy test examples/harbor/policy-test.yaml')
    .action(test);
  return policy;
}
