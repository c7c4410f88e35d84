import { Command } from 'commander';
import type { ReleaseProgress } from '../server/index.ts';
import { printable } from '../util/text.ts';
import { dataFlag, dataFolder, dataOption } from './data.ts';
import { collect } from './input.ts';
import { allowHostOption, portNumber } from './listen.ts';
import { exitCodeOf, note } from './output.ts';
import { isStopRequest } from './stop.ts';
import { follow } from './workspace/progress.ts';
import type { Service } from './workspace/service.ts';

interface Options {
  readonly data: string;
  readonly port?: number;
  readonly registry?: string;
  readonly definition?: string;
  readonly git: readonly string[];
  readonly allowHost: readonly string[];
}

function serving(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(dataOption())
    .option(
      '--port <n>',
      'port on localhost; default: the one of the workspace, at first 8080; 0: any free one for a new workspace',
      portNumber,
    )
    .option('--registry <ref>', 'publish to this registry (host[:port][/prefix]) instead of the embedded one')
    .option(
      '--definition <file>',
      'release definition; default: the one of the workspace, at first examples/harbor/stream.yaml',
    )
    .option(
      '--git <folder>',
      'folder with clones of the components, for the commits in changelogs; may be repeated',
      collect,
      [],
    )
    .addOption(allowHostOption());
}

async function open(options: Options): Promise<Service> {
  const { openService } = await import('./workspace/service.ts');
  return await openService({
    data: dataFolder(options.data),
    purpose: 'make',
    site: true,
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.registry === undefined ? {} : { registry: options.registry }),
    ...(options.definition === undefined ? {} : { definition: options.definition }),
    clones: options.git,
    hosts: options.allowHost,
    say: note,
  });
}

/** Keeps serving until a signal asks to stop, and closes everything in order. Throws when something else ends it. */
async function untilStopped({ stopped, close }: Service): Promise<void> {
  if (!stopped.aborted) await new Promise<void>((stop) => stopped.addEventListener('abort', () => stop()));
  if (isStopRequest(stopped.reason)) process.stderr.write('\nstopping …\n');
  await close();
  if (!isStopRequest(stopped.reason)) throw stopped.reason;
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
    'What `npm start` does: opens the workspace, takes the example through the whole job once, and serves. Exits as the release came out: 1 rejected, 2 failed.',
  )
    .addHelpText('after', '\nExample:\n  slipway start --data ./workspace --port 8080')
    .action(async (options: Options) => {
      const started = performance.now();
      const service = await open(options);
      process.stderr.write(`serving on ${service.url}\n`);
      let worked: readonly ReleaseProgress[];
      try {
        worked = await work(service);
        await sayWhereToGo(service, options, worked, started);
      } catch (error) {
        await service.close();
        throw error;
      }
      await untilStopped(service);
      process.exitCode = exitCodeOf(worked.at(-1)?.phase ?? 'Accepted');
    });
}

/** Makes the first release, or continues what an earlier process left unfinished, and what follows from it. */
async function work(service: Service): Promise<ReleaseProgress[]> {
  const { engine } = service;
  if ((await engine.catalogue.releases()).length === 0)
    await engine.start(engine.tools.definition.images.defaultSet, 'first run');
  const worked: ReleaseProgress[] = [];
  for (let [next] = await engine.unfinished(); next !== undefined; [next] = await engine.unfinished()) {
    process.stderr.write(`\n${next}\n`);
    const detail = await follow(service, next);
    note(`  => ${detail.phase}${detail.reason === null ? '' : `: ${detail.reason}`}`);
    worked.push(detail);
  }
  return worked;
}

/** What there is to look at, and what to do about releases that failed. */
async function sayWhereToGo(
  { engine, url }: Service,
  options: Options,
  worked: readonly ReleaseProgress[],
  started: number,
): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const releases = await engine.catalogue.releases();
  const failed = releases.filter((release) => release.phase === 'Failed');
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (worked.length > 0 && failed.length === 0) say(`\ndone in ${seconds} s`);
  for (const { name, reason } of failed) {
    // One of this run was told of already.
    say(worked.some((release) => release.name === name) ? '' : `\n  ${name} failed: ${printable(reason ?? '')}`);
    say(`  When the cause is gone: bin/slipway release retry ${name}${dataFlag(options.data)}`);
  }
  const stable = releases.find((release) => release.kind === 'stable' && release.published);
  const { stable: stream, architecture } = engine.tools.definition;
  if (stable !== undefined) {
    say(`\n  ${stable.name}`);
    say(`  site       ${url}/releases/${stable.name}`);
    say(`  pull spec  ${stable.pullSpec ?? '-'}`);
    say(`  graph      ${url}/graph?channel=${stream.channels[0] ?? ''}&arch=${architecture}`);
  } else say(`\n  site       ${url}`);
  say(
    `\nStop with Ctrl-C. \`bin/slipway demo contaminated${dataFlag(options.data)}\` shows what a rejection looks like.`,
  );
}
