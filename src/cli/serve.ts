import { Command, InvalidArgumentError } from 'commander';
import type { ReleaseDetail } from '../server/index.ts';
import { dataFolder, dataOption } from './data.ts';
import { follow } from './progress.ts';
import type { Service } from './service.ts';

interface Options {
  readonly data: string;
  readonly port: number;
  readonly registry?: string;
  readonly definition?: string;
}

function port(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return number;
}

function serving(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(dataOption())
    .option('--port <n>', 'port on localhost', port, 8080)
    .option('--registry <ref>', 'publish to this registry (host[:port][/prefix]) instead of the embedded one')
    .option('--definition <file>', 'release definition; default: the example, examples/harbor/stream.yaml');
}

async function open(options: Options): Promise<Service> {
  const { openService } = await import('./service.ts');
  return await openService({
    data: dataFolder(options.data),
    port: options.port,
    site: true,
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    ...(options.definition === undefined ? {} : { definition: options.definition }),
    say: (line) => process.stderr.write(`${line}\n`),
  });
}

/** Keeps serving until a signal asks to stop; then closes everything in order. */
async function untilStopped(service: Service): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  process.stderr.write('\nstopping …\n');
  await service.close();
}

export function serveCommand(): Command {
  return serving('serve', 'Serves the site, the API, the registry and the update graph of a workspace.')
    .addHelpText('after', '\nExample:\n  slipway serve --data ./workspace --port 8080')
    .action(async (options: Options) => {
      const service = await open(options);
      process.stderr.write(`serving on ${service.url}\n`);
      await untilStopped(service);
    });
}

export function startCommand(): Command {
  return serving(
    'start',
    'What `npm start` does: opens the workspace, takes the example through the whole job once, and serves.',
  ).action(async (options: Options) => {
    const started = performance.now();
    const service = await open(options);
    process.stderr.write(`serving on ${service.url}\n`);
    try {
      await firstRun(service, started);
    } catch (error) {
      await service.close();
      throw error;
    }
    await untilStopped(service);
  });
}

/** Makes the first release, or continues what an earlier process left unfinished. */
async function firstRun(service: Service, started: number): Promise<void> {
  const { releases } = (await service.api('/api/releases')) as { releases: { name: string }[] };
  let next: string | undefined =
    releases.length === 0
      ? await service.engine.start(service.engine.tools.definition.images.defaultSet, 'first run')
      : (await service.engine.unfinished())[0];
  const fresh = next !== undefined;
  while (next !== undefined) {
    process.stderr.write(`\n${next}\n`);
    const detail: ReleaseDetail = await follow(service.api, next);
    process.stderr.write(`  => ${detail.phase}${detail.reason === null ? '' : `: ${detail.reason}`}\n`);
    next = detail.kind === 'nightly' ? (detail.promotedTo ?? undefined) : undefined;
  }
  const { releases: all } = (await service.api('/api/releases')) as {
    releases: { name: string; kind: string; published: boolean; pullSpec: string | null }[];
  };
  const stable = all.find((release) => release.kind === 'stable' && release.published);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (fresh) process.stderr.write(`\ndone in ${seconds} s\n`);
  if (stable)
    process.stderr.write(
      `\n  ${stable.name}\n  site       ${service.url}/releases/${stable.name}\n  pull spec  ${stable.pullSpec ?? '-'}\n  graph      ${service.url}/graph?channel=${service.engine.tools.definition.stable.channels[0] ?? ''}&arch=${service.engine.tools.definition.architecture}\n`,
    );
  process.stderr.write('\nStop with Ctrl-C. `bin/slipway demo contaminated` shows what a rejection looks like.\n');
}
