import { LineCounter } from 'yaml';
import { SlipwayError } from '../../util/index.ts';
import { parseYamlDocument, yamlValue } from '../../util/yaml/index.ts';

/** One YAML (or JSON) document as plain data, and where in the text a field stands. */
export function readYaml(
  file: string,
  text: string,
): { value: unknown; lineOf: (field: string) => number | undefined } {
  const lines = new LineCounter();
  const document = parseYamlDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined)
    throw new SlipwayError('GRAPH_DATA_INVALID', `the YAML does not parse: ${problem.message}.`, {
      place: { file, line: lines.linePos(problem.pos[0]).line },
    });
  return {
    value: yamlValue(document),
    lineOf: (field) => {
      const path = field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
      const node: unknown = document.getIn(path, true);
      const range =
        typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range : [];
      return typeof range[0] === 'number' ? lines.linePos(range[0]).line : undefined;
    },
  };
}

/** The line of a field in a file that is known to be YAML; none for one that does not parse. */
export function lineOfField(file: string, text: string, field: string): number | undefined {
  try {
    return readYaml(file, text).lineOf(field);
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** Runs a check; a failure without a line gets the line of its field. */
export function located<T>(file: string, lineOf: (field: string) => number | undefined, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.place.line !== undefined) throw error;
    const line = error.place.field === undefined ? undefined : lineOf(error.place.field);
    throw new SlipwayError('GRAPH_DATA_INVALID', error.message, {
      place: { file, ...(line === undefined ? {} : { line }), ...error.place },
      cause: error,
    });
  }
}

/** An error about one field of a file; {@link located} adds file and line. */
export function invalid(field: string, message: string): SlipwayError {
  return new SlipwayError('GRAPH_DATA_INVALID', message, { place: { field } });
}
