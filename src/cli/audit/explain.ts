import { Command } from 'commander';
import type { Explanation } from '../../audit/index.ts';
import { dataFolder, dataOption } from '../data.ts';
import { type Format, formatOption, print } from '../output.ts';
import { type JudgingFlags, judgeImages, openAll, withJudging } from './inputs/judging.ts';

interface ExplainFlags extends Omit<JudgingFlags, 'policy'> {
  readonly policy?: string;
  readonly payload?: boolean;
  readonly release?: string;
  readonly data: string;
  readonly format: Format;
}

/** From a release of the workspace: its images, its policy, its facts. */
async function ofRelease(query: string, release: string, data: string): Promise<Explanation> {
  const { connect } = await import('../workspace/connect.ts');
  await using connection = await connect(dataFolder(data), 'look');
  const path = `/api/releases/${encodeURIComponent(release)}/explain/${encodeURIComponent(query)}`;
  return (await connection.api(path)) as Explanation;
}

async function ofImages(query: string, references: readonly string[], flags: JudgingFlags & { payload?: boolean }) {
  const { explainPackage } = await import('../../audit/index.ts');
  const { facts, text, context, report } = await judgeImages(flags, async (sources) => {
    if (flags.payload !== true)
      return await openAll(
        sources,
        references.map((reference) => ({ reference })),
      );
    const releases = await Promise.all(references.map((reference) => sources.openRelease(reference)));
    return releases.flatMap(({ images }) => images);
  });
  return explainPackage(facts, text, context, report, query);
}

export function explainVerb(): Command {
  const command = withJudging(new Command('explain'));
  // A release of the workspace has a policy of its own.
  for (const option of command.options) if (option.long === '--policy') option.mandatory = false;
  return command
    .description(
      'Answers "how do you know?" of a package: header digest, signatures and keys, catalogues, layer, instruction, base image, rules, lines of the policy, exceptions. Exits 1 when no image has it.',
    )
    .argument('<package>', 'name, NEVRA, or a pattern with * and ?')
    .argument('[image...]', 'images, as for `audit image`, or files of RPM databases')
    .option('--payload', 'the arguments are releases: look into all of their images')
    .option('--release <name>', 'a release of the workspace, in place of images')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  slipway audit explain tzdata --release 4.21.0-okd-scos.0\n  slipway audit explain openssl-libs console.tar --policy policy.yaml --keyring keys/release.asc',
    )
    .action(async (query: string, references: readonly string[], flags: ExplainFlags) => {
      const { policy, release, ...rest } = flags;
      if ((release === undefined) === (references.length === 0)) command.error('error: name images, or --release');
      if (release === undefined && policy === undefined) command.error('error: --policy <file> says what to judge by');
      const { textExplanation } = await import('../../audit/index.ts');
      const explanation =
        release === undefined
          ? await ofImages(query, references, { ...rest, policy: policy ?? '' })
          : await ofRelease(query, release, flags.data);
      print(flags.format, explanation, () => textExplanation(explanation));
      if (explanation.packages.length === 0) process.exitCode = 1;
    });
}
