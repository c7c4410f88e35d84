import { Command, CommanderError } from 'commander';
import { SlipwayError } from '../util/index.ts';
import { auditCommand } from './audit.ts';
import { demoCommand } from './demo.ts';
import { graphCommand } from './graph.ts';
import { payloadCommand } from './payload.ts';
import { releaseCommand } from './release.ts';
import { serveCommand, startCommand } from './serve.ts';
import { signCommand, verifySignatureCommand } from './sign.ts';
import { siteCommand } from './site.ts';
import { VERSION } from './version.ts';

/** One file a noun: each returns its command; what a command needs is imported when it runs. */
const NOUNS: readonly (() => Command)[] = [
  startCommand,
  serveCommand,
  demoCommand,
  releaseCommand,
  payloadCommand,
  auditCommand,
  signCommand,
  verifySignatureCommand,
  graphCommand,
  siteCommand,
];

function configure(command: Command): Command {
  command.exitOverride().showSuggestionAfterError();
  for (const child of command.commands) configure(child);
  return command;
}

/**
 * Runs one command line. Returns the exit code: 0 done, 1 judged bad, 2 could not be judged or wrong usage. Errors
 * are one line on standard error; `SLIPWAY_DEBUG=1` adds the stack.
 */
export async function run(args: readonly string[]): Promise<0 | 1 | 2> {
  const program = new Command('slipway')
    .description('The open release engine for OKD on CentOS Stream CoreOS.')
    .version(VERSION)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 judged bad, 2 could not be judged or wrong usage.\nGuides and the reference of every command are in docs/.',
    );
  for (const noun of NOUNS) program.addCommand(noun());
  configure(program);
  let code: 0 | 1 | 2 = 0;
  program.hook('preAction', () => {
    process.exitCode = undefined;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    code = process.exitCode === 1 ? 1 : process.exitCode === 2 ? 2 : 0;
  } catch (error) {
    code = explain(error);
  }
  return code;
}

function explain(error: unknown): 0 | 1 | 2 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SlipwayError) process.stderr.write(`slipway: ${error.describe()}\n`);
  else
    process.stderr.write(
      `slipway: unexpected: ${error instanceof Error ? error.message : String(error)} (SLIPWAY_DEBUG=1 shows where)\n`,
    );
  if (process.env.SLIPWAY_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof SlipwayError ? error.exitCode : 2;
}
