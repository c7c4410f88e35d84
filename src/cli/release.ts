import { Command } from 'commander';
import type { ReleaseDetail, ReleaseSummary } from '../server/index.ts';
import { dataFolder, dataOption } from './data.ts';
import { exitCodeOf, type Format, formatOption, print, table } from './output.ts';
import type { Connection } from './workspace/connect.ts';
import { followThrough } from './workspace/progress.ts';

interface Options {
  readonly data: string;
  readonly format: Format;
}

async function using<T>(
  options: Options,
  purpose: 'look' | 'act',
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const { connect } = await import('./workspace/connect.ts');
  await using connection = await connect(dataFolder(options.data), purpose);
  return await work(connection);
}

function verb(name: string, description: string): Command {
  return new Command(name).description(description).addOption(dataOption()).addOption(formatOption());
}

function pathOf(name: string, action?: string): string {
  return `/api/releases/${encodeURIComponent(name)}${action === undefined ? '' : `/${action}`}`;
}

function listText(releases: readonly ReleaseSummary[]): string {
  if (releases.length === 0) return 'There is no release yet: `slipway demo` makes one.';
  return table(
    ['NAME', 'STREAM', 'PHASE', 'SIGNED', 'CREATED', 'PULL SPEC'],
    releases.map((release) => [
      release.name,
      release.stream,
      release.phase,
      release.signed ? 'yes' : 'no',
      release.createdAt.replace('.000Z', 'Z'),
      release.pullSpec ?? '-',
    ]),
  );
}

function showText(release: ReleaseDetail): string {
  const lines = [
    `Name:      ${release.name}`,
    `Stream:    ${release.stream}`,
    `Phase:     ${release.phase}${release.reason === null ? '' : ` – ${release.reason}`}`,
    `Digest:    ${release.digest ?? '-'}`,
    `Pull spec: ${release.pullSpec ?? '- (not published)'}`,
    ...(release.promotedFrom === null ? [] : [`From:      ${release.promotedFrom}`]),
    ...(release.promotedTo === null ? [] : [`Promoted:  ${release.promotedTo}`]),
    '',
    table(
      ['STEP', 'STATE', 'SECONDS', 'FOUND'],
      release.steps.map((step) => [step.title, step.state, step.seconds?.toFixed(1) ?? '-', step.detail ?? '']),
    ),
    table(
      ['GATE', 'BLOCKING', 'PASSED', 'REASON'],
      release.gates.map((gate) => [
        gate.gate,
        gate.blocking ? 'yes' : 'no',
        gate.passed === null ? '-' : gate.passed ? 'yes' : 'no',
        gate.reason,
      ]),
    ),
    ...(release.audit?.findings ?? []).map(
      (finding) => `${finding.severity.toUpperCase()} ${finding.rule}: ${finding.message}`,
    ),
  ];
  return lines.join('\n');
}

export function releaseCommand(): Command {
  const release = new Command('release').description(
    'Releases of this workspace: list, show, accept, reject, promote, retry.',
  );
  release.addCommand(
    verb('list', 'Lists the releases, newest first.')
      .addHelpText('after', '\nExample:\n  slipway release list --data ./workspace --format json')
      .action(async (options: Options) => {
        const { releases } = (await using(options, 'look', ({ api }) => api('/api/releases'))) as {
          releases: ReleaseSummary[];
        };
        print(options.format, { releases }, () => listText(releases));
      }),
  );
  release.addCommand(
    verb('show', 'Shows one release: phase, steps, gates, findings. Exits 1 when it is rejected, 2 when it failed.')
      .argument('<name>', 'version of the release')
      .addHelpText('after', '\nExample:\n  slipway release show 4.21.0-okd-scos.0 --format json')
      .action(async (name: string, options: Options) => {
        const detail = (await using(options, 'look', ({ api }) => api(pathOf(name)))) as ReleaseDetail;
        print(options.format, detail, () => showText(detail));
        process.exitCode = exitCodeOf(detail.phase);
      }),
  );
  for (const [name, phase, description] of [
    ['accept', 'Accepted', 'Accepts a nightly against its gates; the reason is kept in the ledger.'],
    ['reject', 'Rejected', 'Rejects a nightly that is not published; the reason is kept in the ledger.'],
  ] as const) {
    release.addCommand(
      verb(name, description)
        .argument('<name>', 'version of the nightly')
        .requiredOption('--reason <text>', 'why')
        .addHelpText(
          'after',
          `\nExample:\n  slipway release ${name} 4.21.0-0.okd-scos-2026-11-23-051500 --reason "see the report of the soak job"`,
        )
        .action(async (version: string, options: Options & { reason: string }) => {
          const detail = await using(options, 'act', async (connection) => {
            await connection.api(pathOf(version, name), { reason: options.reason });
            return await followThrough(connection, version, { quiet: options.format === 'json' });
          });
          print(options.format, detail, () => `${detail.name}: ${detail.phase} – ${detail.reason ?? ''}`);
          process.exitCode = detail.phase === phase ? 0 : exitCodeOf(detail.phase);
        }),
    );
  }
  for (const [name, description] of [
    [
      'promote',
      'Promotes an accepted nightly to the stable stream: same content, stable name, signed and published. It is judged again, as that stream demands. Exits 1 when the stream refuses it.',
    ],
    ['retry', 'Tries a failed release again, at the step that failed.'],
  ] as const) {
    const command = verb(name, description);
    if (name === 'promote')
      command.option('--reason <text>', 'promotes it although the stream refuses it; kept in the ledger');
    release.addCommand(
      command
        .argument('<name>', 'version of the release')
        .addHelpText('after', `\nExample:\n  slipway release ${name} 4.21.0-0.okd-scos-2026-11-23-051500`)
        .action(async (version: string, options: Options & { readonly reason?: string }) => {
          const detail = await using(options, 'act', async (connection) => {
            const body = options.reason === undefined ? {} : { reason: options.reason };
            const answer = (await connection.api(pathOf(version, name), body)) as { release: string };
            return await followThrough(connection, answer.release, { quiet: options.format === 'json' });
          });
          print(options.format, detail, () => showText(detail));
          process.exitCode = exitCodeOf(detail.phase);
        }),
    );
  }
  return release;
}
