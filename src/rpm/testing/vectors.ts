import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors');

/** Reason to skip a test that reads the vectors beside the clone, or false where they are. */
export const vectorsMissing = existsSync(SHARED) ? false : '../shared is not here';

export function vector(path: string): Buffer {
  return readFileSync(join(SHARED, path));
}

export function vectorNames(folder: string): string[] {
  return readdirSync(join(SHARED, folder)).sort();
}
