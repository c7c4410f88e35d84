import type { Place } from '../../../util/index.ts';

/** `image: file:line: field`, as far as known. */
export function formatPlace({ image, file, line, field }: Place): string {
  const where = file === undefined ? undefined : line === undefined ? file : `${file}:${line}`;
  return [image, where, field].filter((part) => part !== undefined && part !== '').join(': ');
}
