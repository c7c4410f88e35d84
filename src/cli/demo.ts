import { Argument, Command } from 'commander';
import type { ReleaseDetail, ReleaseSummary } from '../server/index.ts';
import { dataFolder, dataOption } from './data.ts';
import { exitCodeOf, type Format, formatOption, print } from './output.ts';
import type { Api } from './workspace/api.ts';
import { followThrough } from './workspace/progress.ts';

/** What a rejected nightly is rejected for, finding by finding: image, package, layer, and the base that brought it. */
export function explainRejection(release: ReleaseDetail): string {
  const told = (release.audit?.findings ?? []).filter((finding) => finding.severity !== 'info');
  const lines = told.flatMap((finding) => [
    `  ${finding.severity.toUpperCase()} ${finding.rule}: ${finding.message}`,
    ...finding.origin.map((line) => `    ${line}`),
    `    inherited by ${finding.images.length} images: ${finding.images.join(', ')}`,
  ]);
  return [`${release.name}: ${release.phase} – ${release.reason ?? ''}`, ...lines].join('\n');
}

async function hasAccepted(api: Api): Promise<boolean> {
  const { releases } = (await api('/api/releases')) as { releases: ReleaseSummary[] };
  return releases.some(({ kind, phase }) => kind === 'nightly' && phase === 'Accepted');
}

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'Makes a nightly of the example: the clean set is accepted, promoted and published; the contaminated one is rejected, and so is one whose base image an entitled one took the place of.',
    )
    .addArgument(
      new Argument('[set]', 'component set of the example')
        .choices(['clean', 'contaminated', 'ubi-to-els'])
        .default('clean'),
    )
    .addOption(dataOption())
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  slipway demo\n  slipway demo contaminated   # exits 1: rejected, with every finding\n  slipway demo ubi-to-els     # exits 1: rejected, with the base image and the line to revert',
    )
    .action(async (set: string, options: { data: string; format: Format }) => {
      const { connect } = await import('./workspace/connect.ts');
      await using connection = await connect(dataFolder(options.data), 'make');
      const quiet = options.format === 'json';
      const make = async (name: string): Promise<ReleaseDetail> => {
        const { release } = (await connection.api('/api/demo', { set: name })) as { release: string };
        return await followThrough(connection, release, { quiet });
      };
      // What a base image changed from is told by the last accepted nightly, so there has to be one.
      if (set === 'ubi-to-els' && !(await hasAccepted(connection.api))) await make('clean');
      const detail = await make(set);
      print(options.format, detail, () =>
        detail.phase === 'Accepted'
          ? `${detail.name}: ${detail.phase}, published as ${detail.pullSpec ?? '-'}`
          : explainRejection(detail),
      );
      process.exitCode = exitCodeOf(detail.phase);
    });
}
