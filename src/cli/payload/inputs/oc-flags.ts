import type { Command, Option } from 'commander';
import { SlipwayError } from '../../../util/errors.ts';

/** What is to be known of a flag to read it as Go's pflag does. */
export type FlagShape = Pick<Option, 'long' | 'short' | 'required' | 'optional'>;

/** Go's strconv.ParseBool. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

function boolean(text: string, { short, long }: FlagShape): boolean {
  const value = BOOLEANS.get(text);
  if (value !== undefined) return value;
  const names = [short, long].filter((name) => name !== undefined).join(', ');
  throw new SlipwayError(
    'CLI_USAGE',
    `invalid argument ${JSON.stringify(text)} for "${names}" flag: it is true or false.`,
  );
}

/** Where the name of a flag ends and `=` begins: `--name=value`, `-n=value`; -1 of what has no value in itself. */
function equalsOf(word: string): number {
  if (word.startsWith('--')) return word.indexOf('=');
  return word[2] === '=' ? 2 : -1;
}

/**
 * Rewrites the flags of a command line from oc's syntax (pflag) to that of commander, which differs in two places:
 * switches may have a value there (`--insecure=true`, `--dry-run=false`, the last one counts), and the value of a short
 * flag may follow an equals sign (`-o=name`). Anything else stays as it is, also what comes after `--`. Throws
 * `CLI_USAGE` for a switch that is neither true nor false.
 */
export function ocFlags(words: readonly string[], flags: readonly FlagShape[]): string[] {
  const byName = new Map<string, FlagShape>();
  for (const flag of flags) for (const name of [flag.long, flag.short]) if (name !== undefined) byName.set(name, flag);
  const written: { readonly text: string; readonly from?: FlagShape }[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') return [...written.map(({ text }) => text), ...words.slice(index)];
    const equals = word.startsWith('-') ? equalsOf(word) : -1;
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = byName.get(name);
    if (flag === undefined) {
      written.push({ text: word });
    } else if (flag.required || flag.optional) {
      if (equals < 0) {
        written.push({ text: word });
        // The next word is its value, whatever it looks like.
        const value = flag.required ? words[++index] : undefined;
        if (value !== undefined) written.push({ text: value });
      } else if (word.startsWith('--')) written.push({ text: word });
      else written.push({ text: name }, { text: word.slice(equals + 1) });
    } else if (equals < 0 || boolean(word.slice(equals + 1), flag)) {
      written.push({ text: name, from: flag });
    } else {
      const kept = written.filter(({ from }) => from !== flag);
      written.splice(0, written.length, ...kept);
    }
  }
  return written.map(({ text }) => text);
}

/** {@link ocFlags} for the verb that a command line of `payload` begins with. */
export function ocArguments(words: readonly string[], payload: Command): readonly string[] {
  const verb = payload.commands.find((command) => command.name() === words[0]);
  return verb === undefined ? words : [words[0] ?? '', ...ocFlags(words.slice(1), verb.options)];
}
