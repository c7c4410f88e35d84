import { gzipSync } from 'node:zlib';
import { SlipwayError } from '../../util/index.ts';
import { type Digest, digestOf } from '../format/index.ts';
import { BLOCK } from './header.ts';

export interface NewEntry {
  /** Written as given. */
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

const FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
const NAME_LENGTH = 100;
const PREFIX_LENGTH = 155;
/** What eleven octal digits hold. */
const LARGEST = 0o77777777777;
/** Place of the operating system in a gzip header (RFC 1952 § 2.3.1), and its value for "unknown", which Go writes. */
const GZIP_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;

/** As Go has it: no byte beyond 7 bits, none that is zero. */
function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0 || code > 127) return false;
  }
  return true;
}

/** `text` without what is not ASCII, as Go leaves it in the fixed fields when the true name is in a PAX header. */
function toAscii(text: string): string {
  return isAscii(text) ? text : Array.from(text, (sign) => (isAscii(sign) ? sign : '')).join('');
}

/** A name as far as its field holds it; cut at a slash it would look like a directory (as Go has it). */
function cut(name: string): string {
  return name.length > NAME_LENGTH ? name.slice(0, NAME_LENGTH).replace(/\/+$/, '') : name;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

interface Fields {
  readonly name: string;
  readonly prefix: string;
  readonly linkname: string;
  readonly flag: string;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  /** Go leaves the device numbers of extended headers out, and writes them as zero everywhere else. */
  readonly devices: boolean;
}

/** A header block as Go's archive/tar writes it (POSIX.1-1988, § ustar). */
function header(fields: Fields): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(fields.name, 0, NAME_LENGTH, 'latin1');
  block.write(octal(fields.mode & 0o7777, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  block.write(octal(fields.size, 12), 124, 'latin1');
  block.write(octal(fields.mtime, 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(fields.flag, 156, 'latin1');
  block.write(fields.linkname, 157, NAME_LENGTH, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  if (fields.devices) {
    block.write(octal(0, 8), 329, 'latin1');
    block.write(octal(0, 8), 337, 'latin1');
  }
  block.write(fields.prefix, 345, PREFIX_LENGTH, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** Splits a name of more than 100 bytes into prefix and name at a slash, where that is possible. */
function split(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (path.length <= NAME_LENGTH || !isAscii(path)) return undefined;
  const end = path.length > PREFIX_LENGTH + 1 ? PREFIX_LENGTH + 1 : path.endsWith('/') ? path.length - 1 : path.length;
  const slash = path.slice(0, end).lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (slash <= 0 || name.length > NAME_LENGTH || name.length === 0) return undefined;
  return { prefix: path.slice(0, slash), name };
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (Buffer.byteLength(`${length}${rest}`) !== length) length += 1;
  return `${length}${rest}`;
}

/** A PAX extended header (POSIX.1-2001) with what the fixed fields can not hold, named as Go names it. */
function extended(path: string, records: readonly (readonly [string, string])[]): Buffer[] {
  const body = Buffer.from(records.map(([key, value]) => record(key, value)).join(''));
  const slash = path.lastIndexOf('/');
  const folder = path.slice(0, slash + 1).replace(/\/+$/, '');
  const name = toAscii([folder, 'PaxHeaders.0', path.slice(slash + 1)].filter((part) => part !== '').join('/'))
    .slice(0, NAME_LENGTH)
    .replace(/\/+$/, '');
  const fields = { name, prefix: '', linkname: '', flag: 'x', mode: 0, size: body.length, mtime: 0, devices: false };
  return [header(fields), body, padding(body.length)];
}

function headersOf(entry: NewEntry, size: number): Buffer[] {
  const { path, linkname = '' } = entry;
  const fits = (text: string): boolean => isAscii(text) && text.length <= NAME_LENGTH;
  const fields = {
    name: cut(toAscii(path)),
    prefix: '',
    linkname: cut(toAscii(linkname)),
    flag: FLAGS[entry.type],
    mode: entry.mode,
    size,
    mtime: entry.mtime,
    devices: true,
  };
  const parts = split(path);
  if (fits(linkname) && (fits(path) || parts)) return [header({ ...fields, ...parts })];
  // In Go's order, that of the keys.
  const records = (
    [
      ['linkpath', linkname],
      ['path', path],
    ] as const
  ).filter(([, value]) => !fits(value));
  return [...extended(path, records), header(fields)];
}

/**
 * A tar archive of the entries in their order, owned by root: byte for byte what Go's archive/tar writes for them
 * (spec payload.md § 1.11). The same entries always give the same bytes. Throws `OCI_LAYER_INVALID`.
 */
export function writeTar(entries: readonly NewEntry[]): Buffer {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const content = entry.type === 'file' ? (entry.content ?? Buffer.alloc(0)) : Buffer.alloc(0);
    const { mtime, path } = entry;
    if (!Number.isInteger(mtime) || mtime < 0 || mtime > LARGEST || content.length > LARGEST)
      throw new SlipwayError('OCI_LAYER_INVALID', `time or size of the entry "${path}" do not fit into a tar header.`);
    if (`${path}${entry.linkname ?? ''}`.includes('\0'))
      throw new SlipwayError('OCI_LAYER_INVALID', `the name of the entry ${JSON.stringify(path)} has a zero byte.`);
    parts.push(...headersOf(entry, content.length), content, padding(content.length));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

/** A gzip layer of the entries; deterministic, held in memory (for layers of manifests, not of programs). */
export function writeLayer(entries: readonly NewEntry[]): WrittenLayer {
  const tar = writeTar(entries);
  const bytes = gzipSync(tar);
  // zlib names the system it runs on; the bytes must not depend on that.
  bytes[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
  return { bytes, digest: digestOf(bytes), diffId: digestOf(tar), size: bytes.length };
}
