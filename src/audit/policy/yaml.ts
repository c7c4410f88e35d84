import type { Static, TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import { type Document, isNode, LineCounter } from 'yaml';
import { type Place, SlipwayError } from '../../util/index.ts';
import { parseYamlDocument, yamlValue } from '../../util/yaml/index.ts';

/** A line of a file, without indentation. */
export interface YamlLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export type YamlPath = readonly (string | number)[];

/** A YAML file as people write it: every refusal names the file, the line and the field of the value that is wrong. */
export class YamlSource {
  readonly #text: string;
  readonly #file: string;
  readonly #code: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  /** Throws `code` where the text is no YAML. */
  constructor(text: string, file: string, code: string) {
    this.#text = text;
    this.#file = file;
    this.#code = code;
    this.#lines = new LineCounter();
    this.#document = parseYamlDocument(text, { uniqueKeys: true, lineCounter: this.#lines });
    const [problem] = this.#document.errors;
    if (!problem) return;
    const line = problem.linePos?.[0].line;
    throw new SlipwayError(code, `the YAML does not parse: ${problem.message.split('\n')[0]}`, {
      place: { file, ...(line === undefined ? {} : { line }) },
      cause: problem,
    });
  }

  /** The value, of the schema's type. */
  parse<Schema extends TSchema>(validator: Validator<Record<never, never>, Schema>): Static<Schema> {
    const value: unknown = yamlValue(this.#document);
    if (validator.Check(value)) return value;
    const { path, message } = explain(validator.Errors(value));
    return this.refuse(path, message);
  }

  refuse(path: YamlPath, message: string): never {
    throw new SlipwayError(this.#code, message, { place: this.#place(path) });
  }

  #place(path: YamlPath): Place {
    const field = path.join('.');
    return { file: this.#file, line: this.lineOf(path), ...(field === '' ? {} : { field }) };
  }

  /** The line at which a value stands, as it is written. */
  lineAt(path: YamlPath): YamlLine {
    const line = this.lineOf(path);
    return { file: this.#file, line, text: (this.#text.split('\n')[line - 1] ?? '').trim() };
  }

  /** Line of the value, or of the nearest value around it when it is missing. */
  lineOf(path: YamlPath): number {
    for (let length = path.length; length > 0; length--) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

/** The first thing the schema refuses, in words. */
function explain(errors: ReturnType<Validator['Errors']>): { path: YamlPath; message: string } {
  const [first] = errors;
  const at = first?.instancePath ?? '';
  const path = at
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/u.test(part) ? Number(part) : part));
  if (first?.keyword === 'boolean') return { path, message: 'there is no such field.' };
  if (first?.message === 'must be string') return { path, message: `the value ${first.message}; put text in quotes.` };
  const choices = errors.flatMap((error) =>
    error.keyword === 'const' && error.instancePath === at ? [String(error.params.allowedValue)] : [],
  );
  if (choices.length > 0) return { path, message: `the value must be ${choices.join(' or ')}.` };
  return { path, message: `the value does not fit: it ${first?.message ?? 'is refused without a reason'}.` };
}
