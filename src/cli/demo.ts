import { Argument, Command } from 'commander';
import type { ReleaseDetail } from '../server/index.ts';
import { dataFolder, dataOption } from './data.ts';
import { exitCodeOf, type Format, formatOption, print } from './output.ts';
import { follow } from './progress.ts';

/** What a rejected nightly is rejected for, finding by finding: image, package, layer, and the base that brought it. */
export function explainRejection(release: ReleaseDetail): string {
  const denied = (release.audit?.findings ?? []).filter((finding) => finding.severity === 'deny');
  const lines = denied.flatMap((finding) => [
    `  ${finding.rule}: ${finding.message}`,
    ...finding.origin.map((line) => `    ${line}`),
    `    inherited by ${finding.images.length} images: ${finding.images.join(', ')}`,
  ]);
  return [`${release.name}: ${release.phase} – ${release.reason ?? ''}`, ...lines].join('\n');
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Makes a nightly of the example: the clean set is accepted, promoted and published; the contaminated one is rejected.',
    )
    .addArgument(
      new Argument('[set]', 'component set of the example').choices(['clean', 'contaminated']).default('clean'),
    )
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  slipway demo\n  slipway demo contaminated   # exits 1: rejected, with every finding',
    )
    .action(async (set: string, options: { data: string; format: Format }) => {
      const { connect } = await import('./connect.ts');
      await using connection = await connect(dataFolder(options.data), 'make');
      const quiet = options.format === 'json';
      const { release } = (await connection.api('/api/demo', { set })) as { release: string };
      if (!quiet) process.stderr.write(`${release}\n`);
      let detail = await follow(connection, release, { quiet });
      // The stable release made of it, when its stream promotes automatically.
      if (detail.promotedTo !== null) {
        if (!quiet) process.stderr.write(`${detail.promotedTo}\n`);
        detail = await follow(connection, detail.promotedTo, { quiet });
      }
      print(options.format, detail, () =>
        detail.phase === 'Accepted'
          ? `${detail.name}: ${detail.phase}, published as ${detail.pullSpec ?? '-'}`
          : explainRejection(detail),
      );
      process.exitCode = exitCodeOf(detail.phase);
    });
}
