import { Command, CommanderError } from 'commander';
import { type ErrorExit, messageOf, SlipwayError } from '../util/errors.ts';
import { printable } from '../util/text.ts';
import { VERSION } from './version.ts';

interface Noun {
  readonly name: string;
  readonly description: string;
  /** Loads the file of the noun, so that a command pays only for what it uses. */
  readonly load: () => Promise<Command>;
  /** Brings what follows the noun into commander's syntax, where users write another one. */
  readonly words?: (words: readonly string[], command: Command) => Promise<readonly string[]>;
}

/** One file a noun. */
const NOUNS: readonly Noun[] = [
  {
    name: 'start',
    description: 'What `npm start` does: make the example release once, and serve.',
    load: async () => (await import('./serve.ts')).startCommand(),
  },
  {
    name: 'serve',
    description: 'Serve the site, the API, the registry and the update graph of a workspace.',
    load: async () => (await import('./serve.ts')).serveCommand(),
  },
  {
    name: 'demo',
    description: 'Make a nightly of the example, clean or contaminated.',
    load: async () => (await import('./demo.ts')).demoCommand(),
  },
  {
    name: 'release',
    description: 'Releases: list, show, accept, reject, promote, retry.',
    load: async () => (await import('./release.ts')).releaseCommand(),
  },
  {
    name: 'payload',
    description: 'Release images: new, reproduce, info, diff, changelog, extract, explain, mirror, sign, verify, lint.',
    load: async () => (await import('./payload/payload.ts')).payloadCommand(),
    words: async (words, command) => (await import('./payload/inputs/oc-flags.ts')).ocArguments(words, command),
  },
  {
    name: 'audit',
    description: 'What is in images, who signed it, and how that is known: image, payload, explain, diff, attest.',
    load: async () => (await import('./audit/audit.ts')).auditCommand(),
  },
  { name: 'sign', description: 'Sign a release image.', load: async () => (await import('./sign.ts')).signCommand() },
  {
    name: 'verify-signature',
    description: 'Verify a release signature by the rules of every client.',
    load: async () => (await import('./sign.ts')).verifySignatureCommand(),
  },
  {
    name: 'graph',
    description: 'The update graph: answer, explain, path, compile, lint, import, draw, verify.',
    load: async () => (await import('./graph/index.ts')).graphCommand(),
  },
  {
    name: 'site',
    description: 'The site as static files: export.',
    load: async () => (await import('./site.ts')).siteCommand(),
  },
];

function configure(command: Command): Command {
  command.exitOverride().showSuggestionAfterError();
  for (const child of command.commands) configure(child);
  return command;
}

/**
 * Runs one command line. Returns the exit code: 0 done, 1 judged bad, 2 could not be judged or wrong usage, 130 stopped by Ctrl-C. Errors
 * are one line on standard error; `SLIPWAY_DEBUG=1` adds the stack.
 */
export async function run(args: readonly string[]): Promise<0 | ErrorExit> {
  const program = new Command('slipway')
    .description('The open release engine for OKD on CentOS Stream CoreOS.')
    .version(VERSION)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 judged bad, 2 could not be judged or wrong usage,\n130 stopped by Ctrl-C.\nGuides and the reference of every command are in docs/.',
    );
  const asked = NOUNS.find(({ name }) => name === args[0]);
  const command = await asked?.load();
  for (const noun of NOUNS)
    program.addCommand(
      noun === asked && command !== undefined ? command : new Command(noun.name).description(noun.description),
    );
  configure(program);
  let code: 0 | ErrorExit = 0;
  program.hook('preAction', () => {
    process.exitCode = undefined;
  });
  try {
    const words = command === undefined ? undefined : await asked?.words?.(args.slice(1), command);
    await program.parseAsync(words === undefined ? args : [...args.slice(0, 1), ...words], { from: 'user' });
    code = process.exitCode === 1 ? 1 : process.exitCode === 2 ? 2 : 0;
  } catch (error) {
    code = explain(error);
  }
  return code;
}

/** The output has no room, or went away, in the middle of it. */
export function unwritable(cause: Error): SlipwayError {
  return new SlipwayError('CLI_OUTPUT_UNWRITABLE', `the output can not be written: ${messageOf(cause)}.`, { cause });
}

/** Says on standard error what went wrong, and returns the exit code for it. */
export function explain(error: unknown): 0 | ErrorExit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SlipwayError) process.stderr.write(`slipway: ${printable(error.describe())}\n`);
  else
    process.stderr.write(
      `slipway: unexpected: ${printable(error instanceof Error ? error.message : String(error))} (SLIPWAY_DEBUG=1 shows where)\n`,
    );
  if (process.env.SLIPWAY_DEBUG === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return error instanceof SlipwayError ? error.exitCode : 2;
}
