import { readJson, SlipwayError } from '../../util/index.ts';

/** The values of a file of JSON lines, with their lines. Throws `code` naming the line that is not JSON. */
export function jsonLines(
  text: string,
  file: string,
  code: string,
): { readonly value: unknown; readonly line: number }[] {
  return text.split('\n').flatMap((row, at) => {
    if (row.trim() === '') return [];
    try {
      return [{ value: readJson(row) as unknown, line: at + 1 }];
    } catch (cause) {
      throw new SlipwayError(code, 'the line is not JSON.', { place: { file, line: at + 1 }, cause });
    }
  });
}
