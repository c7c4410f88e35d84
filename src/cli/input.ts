import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageOf, SlipwayError, systemCode } from '../util/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'it is a folder, where a file is needed',
  EACCES: 'this user may not read it',
};

/** Bytes of a file a user named. Throws `CLI_FILE_UNREADABLE`. */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return file === '-' ? Buffer.from(await text(process.stdin)) : await readFile(file);
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Bytes of a small file: certificates, lists of mirrors. */
const SMALL = 16 << 20;

/** A small file at once, where nothing can be waited for. Throws `CLI_FILE_UNREADABLE`. */
export function readInputSync(file: string): string {
  try {
    const size = file === '-' ? 0 : statSync(file).size;
    if (size > SMALL) throw new Error(`the file has ${size} bytes, more than the ${SMALL} that are read`);
    return readFileSync(file === '-' ? process.stdin.fd : file, 'utf8');
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Why a file that a user named can not be read, as `CLI_FILE_UNREADABLE`. */
export function unreadable(error: unknown, file: string): SlipwayError {
  const reason = REASONS[systemCode(error) ?? ''] ?? messageOf(error);
  return new SlipwayError('CLI_FILE_UNREADABLE', `${reason}.`, { place: { file }, cause: error });
}

/** Of an option that may be repeated, every value. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** `a,b, c` as a list. */
export function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
