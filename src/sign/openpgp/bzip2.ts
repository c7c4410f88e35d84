import { malformed } from './malformed.ts';

/**
 * Expands bzip2, one of the compressions of OpenPGP messages (RFC 9580 § 9.4) that gpg writes on demand and all clients
 * read, Go's compress/bzip2 for the Cluster Version Operator; Node.js has none. After the description of the format by
 * J. Tsai ("BZIP2: Format Specification") and as strict as Go: checksums are compared, nothing stands behind the last stream,
 * randomized blocks, which no program writes any more, are refused.
 */

const BLOCK = 0x314159265359;
const END = 0x177245385090;
/** Symbols that one Huffman table serves before the next selector. */
const GROUP = 50;
const LONGEST_CODE = 20;

class Bits {
  private at = 0;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length * 8;
  }

  bit(): number {
    const byte = this.bytes[this.at >> 3];
    if (byte === undefined) throw malformed('the compressed data ends too early');
    return (byte >> (7 - (this.at++ & 7))) & 1;
  }

  /** So many bits, 48 at most, the highest first. */
  take(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) value = value * 2 + this.bit();
    return value;
  }

  align(): void {
    this.at = (this.at + 7) & ~7;
  }
}

/** A canonical Huffman code: by length, the first code, how many there are, and where their symbols begin. */
interface Code {
  readonly rows: readonly { readonly first: number; readonly count: number; readonly start: number }[];
  readonly symbols: readonly number[];
}

function codeOf(lengths: readonly number[]): Code {
  const rows: Code['rows'][number][] = [];
  const symbols: number[] = [];
  let first = 0;
  for (let length = 1; length <= LONGEST_CODE; length++) {
    const own = lengths.flatMap((one, symbol) => (one === length ? [symbol] : []));
    rows.push({ first, count: own.length, start: symbols.length });
    symbols.push(...own);
    first = (first + own.length) * 2;
  }
  return { rows, symbols };
}

function symbolOf(bits: Bits, { rows, symbols }: Code): number {
  let code = 0;
  for (const { first, count, start } of rows) {
    code = code * 2 + bits.bit();
    const symbol = code - first < count ? symbols[start + code - first] : undefined;
    if (symbol !== undefined) return symbol;
  }
  throw damaged();
}

function damaged(): Error {
  return malformed('the compressed data is damaged');
}

/** The bytes that occur in a block. */
function alphabetOf(bits: Bits): number[] {
  const rows = bits.take(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if (((rows >> (15 - row)) & 1) === 0) continue;
    const columns = bits.take(16);
    for (let column = 0; column < 16; column++)
      if (((columns >> (15 - column)) & 1) === 1) used.push(row * 16 + column);
  }
  if (used.length === 0) throw damaged();
  return used;
}

/** Takes an item of a list to its front. */
function toFront(list: number[], at: number): number {
  const [item] = list.splice(at, 1);
  if (item === undefined) throw damaged();
  list.unshift(item);
  return item;
}

function selectorsOf(bits: Bits, tables: number): readonly number[] {
  const order = Array.from({ length: tables }, (_, index) => index);
  return Array.from({ length: bits.take(15) }, () => {
    let at = 0;
    while (bits.bit() === 1) at += 1;
    return toFront(order, at);
  });
}

function lengthsOf(bits: Bits, symbols: number): readonly number[] {
  let length = bits.take(5);
  return Array.from({ length: symbols }, () => {
    while (bits.bit() === 1) length += bits.bit() === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST_CODE) throw damaged();
    return length;
  });
}

/** The symbols of a block before the transform of Burrows and Wheeler is undone. */
function symbolsOf(bits: Bits, limit: number): Uint32Array {
  const list = alphabetOf(bits);
  const tables = bits.take(3);
  if (tables < 2 || tables > 6) throw damaged();
  const end = list.length + 1;
  const selectors = selectorsOf(bits, tables);
  const codes = Array.from({ length: tables }, () => codeOf(lengthsOf(bits, end + 1)));
  const block = new Uint32Array(limit);
  let length = 0;
  let [run, weight] = [0, 1];
  for (let read = 0; ; read++) {
    const code = codes[selectors[Math.floor(read / GROUP)] ?? -1];
    if (code === undefined) throw damaged();
    const symbol = symbolOf(bits, code);
    if (symbol <= 1) {
      run += (symbol + 1) * weight;
      weight *= 2;
      if (run > limit) throw damaged();
      continue;
    }
    if (length + run > limit) throw damaged();
    block.fill(list[0] ?? 0, length, length + run);
    length += run;
    [run, weight] = [0, 1];
    if (symbol === end) return block.subarray(0, length);
    if (length >= limit) throw damaged();
    block[length++] = toFront(list, symbol - 1);
  }
}

/** Undoes the transform of Burrows and Wheeler: the bytes in their order. */
function* untransformed(block: Uint32Array, origin: number): Generator<number> {
  if (origin >= block.length) throw damaged();
  const starts = new Uint32Array(257);
  for (const byte of block) starts[byte + 1] = (starts[byte + 1] ?? 0) + 1;
  for (let byte = 1; byte <= 256; byte++) starts[byte] = (starts[byte] ?? 0) + (starts[byte - 1] ?? 0);
  const next = new Uint32Array(block.length);
  for (const [at, byte] of block.entries()) {
    const to = starts[byte] ?? 0;
    next[to] = at;
    starts[byte] = to + 1;
  }
  let at = next[origin] ?? 0;
  for (let left = block.length; left > 0; left--) {
    yield block[at] ?? 0;
    at = next[at] ?? 0;
  }
}

/** The checksum of a block: CRC-32 with the highest bit first. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c11db7;
  }
  return ~crc >>> 0;
}

/** Four equal bytes are followed by how many more there are. */
function unfolded(bytes: Iterable<number>, limit: number): Uint8Array {
  const out: number[] = [];
  let equal = 0;
  for (const byte of bytes) {
    if (equal === 4) {
      const last = out.at(-1) ?? 0;
      for (let more = byte; more > 0; more--) out.push(last);
      equal = 0;
    } else {
      equal = out.length > 0 && equal > 0 && byte === out.at(-1) ? equal + 1 : 1;
      out.push(byte);
    }
    if (out.length > limit) throw malformed('the compressed data is far too long');
  }
  return Uint8Array.from(out);
}

/** Expands to at most so many bytes; a block takes up to 7 MB of memory meanwhile, what comes out of it up to 20 bytes a byte. Throws `SIGN_MALFORMED`. */
export function expandBzip2(compressed: Uint8Array, limit: number): Uint8Array {
  const bits = new Bits(compressed);
  const parts: Uint8Array[] = [];
  let size = 0;
  do {
    // "BZh" and the size of blocks, in 100,000 bytes.
    if (bits.take(24) !== 0x425a68) throw damaged();
    const level = bits.take(8) - 0x30;
    if (level < 1 || level > 9) throw damaged();
    let sum = 0;
    let magic = bits.take(48);
    for (; magic === BLOCK; magic = bits.take(48)) {
      const crc = bits.take(32);
      if (bits.bit() === 1) throw malformed('the compressed data is of a form that is no longer read');
      const origin = bits.take(24);
      const part = unfolded(untransformed(symbolsOf(bits, level * 100_000), origin), limit - size);
      if (checksum(part) !== crc) throw damaged();
      sum = (((sum << 1) | (sum >>> 31)) ^ crc) >>> 0;
      size += part.length;
      parts.push(part);
    }
    if (magic !== END || bits.take(32) !== sum) throw damaged();
    bits.align();
  } while (!bits.atEnd);
  return Buffer.concat(parts);
}
