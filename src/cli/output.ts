import { Option } from 'commander';
import { prettyJson } from '../util/json.ts';
import { printable } from '../util/text.ts';

export type Format = 'text' | 'json';

/** `--format text|json`, the same on every command. */
export function formatOption(): Option {
  return new Option('--format <format>', 'how to print the result').choices(['text', 'json']).default('text');
}

/** Prints a result: deterministic JSON, or the text that `text()` makes of it. */
export function print(format: Format, value: unknown, text: () => string): void {
  const output = format === 'json' ? prettyJson(value) : text();
  process.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
}

/** A line on standard error, with what does not print written out; also where a bar stands on the last one: it is drawn anew. */
export function note(line: string): void {
  process.stderr.write(`${process.stderr.isTTY === true ? '\r\x1b[K' : ''}${printable(line)}\n`);
}

/** Columns padded with two blanks between, no blank at the end of a line. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return `${all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .map(printable)
    .join('\n')}\n`;
}

/** 1: judged bad. 2: could not be judged. 0: anything else. */
export function exitCodeOf(phase: string): 0 | 1 | 2 {
  if (phase === 'Rejected') return 1;
  return phase === 'Failed' ? 2 : 0;
}
