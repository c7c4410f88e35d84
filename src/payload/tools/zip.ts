import { Readable } from 'node:stream';
import { crc32, createDeflateRaw } from 'node:zlib';

/** A file of a zip archive. */
export interface ZipEntry {
  /** ASCII. */
  readonly name: string;
  readonly mode: number;
  /** Seconds since 1970, UTC; zip keeps two-second steps from 1980 on. */
  readonly mtime: number;
  readonly body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Sizes follow the data (bit 3), names are UTF-8 (bit 11). */
const FLAGS = 0x0808;
const DEFLATE = 8;
const VERSION = 20;
const UNIX = 3 << 8;

function dosTime(seconds: number): readonly [time: number, date: number] {
  const at = new Date(Math.max(seconds, 315_532_800) * 1000);
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  return [time, date];
}

interface Written {
  readonly entry: ZipEntry;
  readonly offset: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
}

function fields(...values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  const buffer = Buffer.alloc(values.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) at = buffer.writeUInt16LE(value, at);
    else at = buffer.writeUInt32LE(value >>> 0, at);
  }
  return buffer;
}

async function* chunks(entries: readonly ZipEntry[]): AsyncIterable<Buffer> {
  const written: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    const start = offset;
    const [time, date] = dosTime(entry.mtime);
    const name = Buffer.from(entry.name);
    const local = Buffer.concat([
      fields([4, LOCAL], [2, VERSION], [2, FLAGS], [2, DEFLATE], [2, time], [2, date]),
      fields([4, 0], [4, 0], [4, 0], [2, name.length], [2, 0]),
      name,
    ]);
    yield local;
    let crc = 0;
    let size = 0;
    let compressed = 0;
    const counted = async function* (): AsyncIterable<Uint8Array> {
      for await (const chunk of entry.body) {
        crc = crc32(chunk, crc);
        size += chunk.length;
        yield chunk;
      }
    };
    const source = Readable.from(counted());
    const deflate = createDeflateRaw();
    source.on('error', (error) => deflate.destroy(error));
    for await (const chunk of source.pipe(deflate) as AsyncIterable<Buffer>) {
      compressed += chunk.length;
      yield chunk;
    }
    yield fields([4, DESCRIPTOR], [4, crc], [4, compressed], [4, size]);
    offset += local.length + compressed + 16;
    written.push({ entry, offset: start, crc, compressed, size });
  }
  const directory = Buffer.concat(written.map(centralHeader));
  yield directory;
  const count = written.length;
  yield fields([4, END], [2, 0], [2, 0], [2, count], [2, count], [4, directory.length], [4, offset], [2, 0]);
}

function centralHeader({ entry, offset, crc, compressed, size }: Written): Buffer {
  const [time, date] = dosTime(entry.mtime);
  const name = Buffer.from(entry.name);
  return Buffer.concat([
    fields([4, CENTRAL], [2, VERSION | UNIX], [2, VERSION], [2, FLAGS], [2, DEFLATE], [2, time], [2, date]),
    fields([4, crc], [4, compressed], [4, size], [2, name.length], [2, 0], [2, 0], [2, 0], [2, 0]),
    fields([4, ((0o100000 | entry.mode) << 16) >>> 0], [4, offset]),
    name,
  ]);
}

/** A zip archive (APPNOTE 6.3, deflate, no zip64: each file and the whole below 4 GiB), streamed. */
export function writeZip(entries: readonly ZipEntry[]): Readable {
  return Readable.from(chunks(entries), { objectMode: false });
}
