import { SlipwayError } from '../../../util/index.ts';
import { type Commit, splitMessage } from '../commits.ts';

/** Git takes old encodings' names for granted; what the platform does not know is read as Latin-1, which loses no byte. */
function decode(bytes: Uint8Array, encoding = 'utf-8'): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder('latin1').decode(bytes);
    throw error;
  }
}

/** Reads the content of a commit object (gitformat: headers, an empty line, the message). Throws `PAYLOAD_GIT_COMMIT_INVALID`. */
export function parseCommit(id: string, content: Uint8Array): Commit {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const end = bytes.indexOf('\n\n');
  const headers = bytes.toString('latin1', 0, end === -1 ? bytes.length : end).split('\n');
  const values = (name: string): string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const [committer] = values('committer');
  const time = /> (\d+) [+-]\d+$/.exec(committer ?? '')?.[1];
  if (time === undefined) {
    throw new SlipwayError('PAYLOAD_GIT_COMMIT_INVALID', `the commit ${id} has no committer with a time.`, {
      place: { field: 'committer' },
    });
  }
  const message = end === -1 ? '' : decode(bytes.subarray(end + 2), values('encoding')[0]);
  return { id, parents: values('parent'), time: Number(time), ...splitMessage(message) };
}
