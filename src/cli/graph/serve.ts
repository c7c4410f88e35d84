import { Command, InvalidArgumentError } from 'commander';
import { allowHostOption, listen, portNumber } from '../listen.ts';
import { note } from '../output.ts';
import { isStopRequest, stopRequest } from '../stop.ts';
import { VERSION } from '../version.ts';
import { indexKeys, type KeyFlags, withKeys } from './keys.ts';
import { type GraphFlags, requiredFiles, timeOf, withGraphFiles } from './sources.ts';

interface ServeFlags extends GraphFlags, KeyFlags {
  readonly port: number;
  readonly refresh: number;
  readonly allowHost: readonly string[];
}

function seconds(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1) throw new InvalidArgumentError('a number of seconds, at least 1.');
  return number;
}

async function serve(flags: ServeFlags): Promise<void> {
  const stopped = stopRequest();
  const { followGraph } = await import('../../graph/index.ts');
  const { createGraphServer } = await import('../../server/index.ts');
  const fixed = flags.at === undefined ? undefined : timeOf(flags.at);
  const compile = followGraph(requiredFiles(flags), { strict: flags.keepGoing !== true }, () => fixed ?? new Date());
  // what is wrong with the files is said now, and not to the first cluster that asks
  await compile();
  const app = await createGraphServer({
    compile,
    keys: await indexKeys(flags),
    freshMs: flags.refresh * 1000,
    version: VERSION,
    hosts: flags.allowHost,
    log: (line) => note(`slipway: ${line}`),
  });
  const url = await listen(app, flags.port);
  process.stderr.write(`serving on ${url}\n`);
  await new Promise<void>((stop) => stopped.addEventListener('abort', () => stop()));
  await app.close();
  if (!isStopRequest(stopped.reason)) throw stopped.reason;
}

/** `slipway graph serve` */
export function serveCommand(): Command {
  return withKeys(withGraphFiles(new Command('serve')))
    .description('Serves a graph from files on loopback as an update service: protocol, explanations, paths, drawings.')
    .option('--port <n>', 'port on loopback; 0 for any', portNumber, 8080)
    .option('--refresh <seconds>', 'how long it serves before the files are looked at again', seconds, 10)
    .addOption(allowHostOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway graph serve --graph-data ./graph-data --releases releases.jsonl --port 8081',
    )
    .action(serve);
}
