import { reasonOf, SlipwayError, systemCode } from '../util/errors.ts';
import { type ReadLimit, readBounded, readFileBounded, readFileBoundedSync } from '../util/read.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'it is a folder, where a file is needed',
  EACCES: 'this user may not read it',
};

/** What programs write and people name: reports of audits, catalogues; bytes. */
export const LARGE_FILE = 256 << 20;

/** Bytes of a file a user named, `-` for standard input; no more than the limit. Throws `CLI_FILE_UNREADABLE`. */
export async function readInput(file: string, limit?: ReadLimit): Promise<Buffer> {
  try {
    return file === '-'
      ? await readBounded(process.stdin as AsyncIterable<Uint8Array>, file, limit)
      : await readFileBounded(file, limit);
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** A small file at once, where nothing can be waited for. Throws `CLI_FILE_UNREADABLE`. */
export function readInputSync(file: string): string {
  try {
    return readFileBoundedSync(file, file === '-' ? { opened: process.stdin.fd } : {}).toString('utf8');
  } catch (error) {
    throw unreadable(error, file);
  }
}

/** Why a file that a user named can not be read, as `CLI_FILE_UNREADABLE`. */
export function unreadable(error: unknown, file: string): SlipwayError {
  const reason = REASONS[systemCode(error) ?? ''] ?? reasonOf(error);
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
