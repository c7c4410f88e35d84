import { createHash } from 'node:crypto';
import { constants, gzipSync } from 'node:zlib';
import { SlipwayError } from '../../util/index.ts';
import { type Digest, digestOf } from '../digest.ts';

export interface NewEntry {
  /** Written as given: directories end with `/` as Go writes them. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly mode: number;
  /** Unix seconds. */
  readonly mtime: number;
  readonly content?: Uint8Array;
  readonly linkname?: string;
}

export interface WrittenLayer {
  /** gzip. */
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  /** Digest of the uncompressed archive. */
  readonly diffId: Digest;
  /** Bytes, compressed. */
  readonly size: number;
}

const BLOCK = 512;
const FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
const MAX_OCTAL_SIZE = 0o77777777777;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** A USTAR header as Go's archive/tar writes it for names of up to 100 ASCII bytes (POSIX.1-1988, § ustar). */
function header(entry: NewEntry, size: number, flag: string, name: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write(octal(entry.mode & 0o7777, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  block.write(octal(size, 12), 124, 'latin1');
  block.write(octal(entry.mtime, 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(flag, 156, 'latin1');
  block.write(entry.linkname ?? '', 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  // Go leaves the device numbers of other types as zeroes in octal.
  block.write(octal(0, 8), 329, 'latin1');
  block.write(octal(0, 8), 337, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** A PAX extended header (POSIX.1-2001) for what USTAR's fields can not hold, as Go adds it. */
function pax(entry: NewEntry): Buffer[] {
  const records: [string, string][] = [];
  const plain = (text: string): boolean => Buffer.byteLength(text) <= 100 && /^[\x20-\x7e]*$/.test(text);
  if (entry.linkname !== undefined && !plain(entry.linkname)) records.push(['linkpath', entry.linkname]);
  if (!plain(entry.path)) records.push(['path', entry.path]);
  if (records.length === 0) return [];
  const body = Buffer.from(records.map(([key, value]) => record(key, value)).join(''));
  const slash = entry.path.replace(/\/$/, '').lastIndexOf('/');
  const folder = slash === -1 ? '' : entry.path.slice(0, slash);
  const name = `${folder === '' ? '' : `${folder}/`}PaxHeaders.0/${entry.path.slice(slash + 1)}`
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 100);
  return [header({ path: name, type: 'file', mode: 0, mtime: 0 }, body.length, 'x', name), body, padding(body.length)];
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length += 1;
  return `${length}${rest}`;
}

/** A tar archive of the entries in their order. The same entries always give the same bytes. */
export function writeTar(entries: readonly NewEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    const content = entry.type === 'file' ? Buffer.from(entry.content ?? []) : Buffer.alloc(0);
    if (content.length > MAX_OCTAL_SIZE)
      throw new SlipwayError('OCI_TOO_LARGE', `the file "${entry.path}" is too large for a layer.`);
    parts.push(
      ...pax(entry),
      header(entry, content.length, FLAGS[entry.type], entry.path),
      content,
      padding(content.length),
    );
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

/** A gzip layer of the entries; deterministic, held in memory (for layers of manifests, not of programs). */
export function writeLayer(entries: readonly NewEntry[]): WrittenLayer {
  const tar = writeTar(entries);
  const bytes = gzipSync(tar, { level: constants.Z_DEFAULT_COMPRESSION });
  return {
    bytes,
    digest: digestOf(bytes),
    diffId: `sha256:${createHash('sha256').update(tar).digest('hex')}`,
    size: bytes.length,
  };
}
