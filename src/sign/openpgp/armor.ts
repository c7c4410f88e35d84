import { crc24, SlipwayError } from '../../util/index.ts';

/** ASCII armor of OpenPGP (RFC 9580 § 6): base64 between two lines of dashes, with a checksum. */

const BEGIN = /^-----BEGIN PGP (.+)-----\s*$/;

/** The bytes as an armored block of this kind, e.g. `PUBLIC KEY BLOCK`. */
export function armor(kind: string, bytes: Uint8Array): string {
  const body = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  const crc = crc24(bytes);
  const checksum = Buffer.from([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]).toString('base64');
  return `-----BEGIN PGP ${kind}-----\n\n${body}\n=${checksum}\n-----END PGP ${kind}-----\n`;
}

interface Block {
  readonly kind: string;
  readonly bytes: Uint8Array;
}

/** The first line at or behind `from` that is as asked; -1 when none is. */
function lineFrom(lines: readonly string[], from: number, isIt: (line: string) => boolean): number {
  for (let at = from; at < lines.length; at++) if (isIt(lines[at] ?? '')) return at;
  return -1;
}

/** The first block at or behind a line, and the line behind it. */
function blockFrom(lines: readonly string[], from: number): (Block & { readonly next: number }) | undefined {
  const start = lineFrom(lines, from, (line) => BEGIN.test(line));
  if (start === -1) return undefined;
  const kind = BEGIN.exec(lines[start] ?? '')?.[1] ?? '';
  // like Go's reader, content with what follows "-----END "
  const end = lineFrom(lines, start + 1, (line) => line.startsWith('-----END '));
  if (end === -1) throw new SlipwayError('SIGN_ARMOR', `the armored ${kind} does not end.`);
  const block = lines.slice(start + 1, end).map((line) => line.trim());
  const blank = block.indexOf('');
  const content = block.slice(blank + 1).filter((line) => line !== '');
  const checksum = content.at(-1)?.startsWith('=') ? content.pop()?.slice(1) : undefined;
  const base64 = content.join('');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new SlipwayError('SIGN_ARMOR', `the armored ${kind} is damaged.`);
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  if (checksum !== undefined && Buffer.from(checksum, 'base64').readUIntBE(0, 3) !== crc24(bytes))
    throw new SlipwayError('SIGN_ARMOR', `the checksum of the armored ${kind} is wrong.`);
  return { kind, bytes, next: end + 1 };
}

/**
 * The bytes of the first armored block in a text, or undefined when there is none. Later blocks are not read, as in Go's
 * reader, which the Cluster Version Operator uses. Throws `SIGN_ARMOR` for a damaged block.
 */
export function dearmor(text: string): Block | undefined {
  return blockFrom(text.split(/\r?\n/), 0);
}

/** All armored blocks in a text, as gpg reads it, up to one that is damaged. Throws `SIGN_ARMOR` when that is the first. */
export function dearmorAll(text: string): readonly Block[] {
  const lines = text.split(/\r?\n/);
  const blocks: Block[] = [];
  try {
    for (let found = blockFrom(lines, 0); found !== undefined; found = blockFrom(lines, found.next)) blocks.push(found);
  } catch (error) {
    if (!(error instanceof SlipwayError) || blocks.length === 0) throw error;
  }
  return blocks;
}
