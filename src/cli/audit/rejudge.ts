import { Command } from 'commander';
import type { RejudgedView } from '../../server/index.ts';
import { dataFolder, dataOption } from '../data.ts';
import { readInput } from '../input.ts';
import { type Format, formatOption, print, table } from '../output.ts';

export function rejudgeVerb(): Command {
  return new Command('rejudge')
    .description(
      'Judges every audited nightly of a workspace again by another policy, from the facts that are kept. Nothing is changed. Exits 1 when an accepted one would be refused.',
    )
    .requiredOption('--policy <file>', 'audit policy (YAML)')
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway audit rejudge --policy stricter.yaml')
    .action(async (flags: { readonly policy: string; readonly data: string; readonly format: Format }) => {
      const { connect } = await import('../workspace/connect.ts');
      const policy = (await readInput(flags.policy)).toString('utf8');
      await using connection = await connect(dataFolder(flags.data), 'look');
      const result = (await connection.api('/api/audit/rejudge', { policy, file: flags.policy })) as RejudgedView;
      print(flags.format, result, () =>
        [
          table(
            ['RELEASE', 'PHASE', 'BEFORE', 'NOW', 'NEW FINDINGS', 'GONE'],
            result.releases.map((release) => [
              release.name,
              release.phase,
              release.before,
              release.after,
              String(release.added.length),
              String(release.gone.length),
            ]),
          ),
          ...result.releases.flatMap(({ name, added, gone }) => [
            ...added.map((line) => `${name}: + ${line}`),
            ...gone.map((line) => `${name}: - ${line}`),
          ]),
          ...result.outdated.map(({ name, reason }) => `${name}: not judged again: ${reason}`),
        ].join('\n'),
      );
      if (result.releases.some(({ phase, after }) => phase === 'Accepted' && after === 'fail')) process.exitCode = 1;
    });
}
