import { type Place, SlipwayError } from '../../util/index.ts';

export const BLOCK = 512;

/** One header of a tar archive, with the extended headers before it applied. */
export interface TarHeader {
  readonly name: string;
  /** The type flag: `0` file, `5` directory, … (POSIX.1-1988, § ustar). */
  readonly flag: string;
  /** Bytes of content that follow; 0 for types that have none. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds. */
  readonly mtime: number;
  readonly linkname: string;
}

/** What extended headers say instead of the fixed fields. */
export type Overrides = Readonly<Partial<Record<'path' | 'linkpath' | 'size' | 'mtime' | 'uid' | 'gid', string>>>;

/** Extended headers: `x` and `g` of PAX, `L` and `K` of GNU. */
export const EXTENDED = 'xgLK';
/** Types without content, whatever their size field says; as Go's reader has it, and so every container runtime. */
const WITHOUT_CONTENT = '123456';
/** PAX keys that change an entry; all others (times, attributes) are of no interest here. */
const KEYS: ReadonlySet<string> = new Set(['path', 'linkpath', 'size', 'mtime', 'uid', 'gid']);

export function invalid(message: string, place: Place): SlipwayError {
  return new SlipwayError('OCI_LAYER_INVALID', `the layer's archive can not be read: ${message}.`, { place });
}

/** Whether a block is one of the zeroes that end an archive. */
export function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0);
}

function text(block: Buffer, start: number, length: number): string {
  const nul = block.indexOf(0, start);
  return block.toString('utf8', start, nul === -1 || nul > start + length ? start + length : nul);
}

/** A number in octal digits, or in base 256 when the first bit is set (GNU). Negative ones only as a time. */
function numeric(block: Buffer, start: number, length: number, field: string, place: Place): number {
  const first = block[start] ?? 0;
  let value = 0;
  if (first & 0x80) {
    // Two's complement over all bits but the marker.
    const negative = (first & 0x40) !== 0;
    for (let index = 0; index < length; index++) {
      const byte = index === 0 ? (negative ? first : first & 0x7f) : (block[start + index] ?? 0);
      value = value * 256 + (negative ? byte ^ 0xff : byte);
    }
    if (negative) value = -value - 1;
  } else {
    let digits = false;
    for (let index = start; index < start + length; index++) {
      const byte = block[index] ?? 0;
      if (byte === 0x20 || byte === 0) {
        if (digits) break;
      } else if (byte < 0x30 || byte > 0x37) throw invalid(`the ${field} in a header is not a number`, place);
      else {
        digits = true;
        value = value * 8 + byte - 0x30;
      }
    }
  }
  if (!Number.isSafeInteger(value) || (value < 0 && field !== 'time'))
    throw invalid(`the ${field} in a header is absurd`, place);
  return value;
}

/** The sum of a header's bytes, its own field taken as blanks; some writers summed signed bytes. */
function checksum(block: Buffer): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let index = 0; index < BLOCK; index++) {
    if (index === 148) index = 156;
    const byte = block[index] ?? 0;
    unsigned += byte;
    if (byte > 127) high += 1;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

/** The leading part of a long name, where the archive's format has one. */
function prefixOf(block: Buffer): string {
  // "ustar" with a blank is GNU's format, which keeps other things there.
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return '';
  // Schily's star marks its last bytes, and has a shorter prefix.
  return text(block, 345, block.toString('latin1', 508, 512) === 'tar\0' ? 131 : 155);
}

function decimal(value: string, field: string, place: Place): number {
  const parsed = /^-?\d+(\.\d*)?$/.test(value) ? Math.floor(Number(value)) : Number.NaN;
  if (!Number.isSafeInteger(parsed) || (parsed < 0 && field !== 'time'))
    throw invalid(`the ${field} in an extended header is absurd`, place);
  return parsed;
}

/** Decodes a header block. Throws `OCI_LAYER_INVALID`. */
export function decodeHeader(block: Buffer, overrides: Overrides, place: Place): TarHeader {
  const sum = checksum(block);
  const stated = numeric(block, 148, 8, 'checksum', place);
  if (stated !== sum.unsigned && stated !== sum.signed) throw invalid('the checksum of a header is wrong', place);
  const flagByte = block[156] ?? 0;
  const flag = flagByte === 0 ? '0' : String.fromCharCode(flagByte);
  // A sparse file's bytes are not its content; no builder of images writes them.
  if (flag === 'S') throw invalid('it has sparse files, which layers do not use', place);
  // An extended header is not itself changed by the one before it.
  const said = EXTENDED.includes(flag) ? {} : overrides;
  const prefix = prefixOf(block);
  const short = text(block, 0, 100);
  const name = said.path ?? (prefix === '' ? short : `${prefix}/${short}`);
  // Before POSIX a directory was a file whose name ends with a slash.
  const type = flagByte === 0 && name.endsWith('/') ? '5' : flag;
  const number = (key: 'size' | 'uid' | 'gid', start: number, length: number): number => {
    const override = said[key];
    return override === undefined ? numeric(block, start, length, key, place) : decimal(override, key, place);
  };
  const size = number('size', 124, 12);
  return {
    name,
    flag: type,
    size: WITHOUT_CONTENT.includes(type) ? 0 : size,
    mode: numeric(block, 100, 8, 'mode', place) & 0o7777,
    uid: number('uid', 108, 8),
    gid: number('gid', 116, 8),
    mtime: said.mtime === undefined ? numeric(block, 136, 12, 'time', place) : decimal(said.mtime, 'time', place),
    linkname: said.linkpath ?? text(block, 157, 100),
  };
}

/** Reads the body of an extended header. Throws `OCI_LAYER_INVALID`. */
export function decodeExtended(flag: string, body: Buffer, place: Place): Overrides {
  if (flag === 'L') return { path: text(body, 0, body.length) };
  if (flag === 'K') return { linkpath: text(body, 0, body.length) };
  // Container runtimes pass over global headers (as Go's reader leaves it to them).
  if (flag === 'g') return {};
  const found: Record<string, string> = {};
  for (let start = 0; start < body.length; ) {
    const blank = body.indexOf(0x20, start);
    const length = blank === -1 ? Number.NaN : Number(body.toString('latin1', start, blank));
    const end = start + length;
    const equals = body.indexOf(0x3d, blank);
    if (!(end <= body.length && equals !== -1 && equals < end && body[end - 1] === 0x0a))
      throw invalid('an extended header is malformed', place);
    const key = body.toString('utf8', blank + 1, equals);
    const value = body.toString('utf8', equals + 1, end - 1);
    if (key.startsWith('GNU.sparse.')) throw invalid('it has sparse files, which layers do not use', place);
    if (KEYS.has(key) && value !== '') {
      if (value.includes('\0')) throw invalid('a name in an extended header has a zero byte', place);
      found[key] = value;
    }
    start = end;
  }
  return found;
}
