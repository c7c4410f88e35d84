import { DB_ERROR, refuse } from './backend.ts';

// SQLite's write-ahead log (sqlite.org/fileformat2.html § 4).
const MAGIC_LITTLE = 0x377f0682;
const MAGIC_BIG = 0x377f0683;
const HEADER = 32;
const FRAME_HEADER = 24;

export interface Wal {
  /** Frames the file has room for, valid or not. */
  readonly frames: number;
  /** Frames up to the last commit that checks out. */
  readonly applied: number;
  /** Page number → content, newest committed version. */
  readonly pages: ReadonlyMap<number, Buffer>;
  /** Pages of the database after the last commit; undefined when nothing is committed. */
  readonly pageCount: number | undefined;
}

/** The cumulative checksum (§ 4.2), over 8-byte steps in the byte order that the log's magic names. */
class Checksum {
  readonly #little: boolean;
  #s0 = 0;
  #s1 = 0;

  constructor(little: boolean) {
    this.#little = little;
  }

  add(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let s0 = this.#s0;
    let s1 = this.#s1;
    for (let at = 0; at < bytes.length; at += 8) {
      s0 = (s0 + view.getUint32(at, this.#little) + s1) >>> 0;
      s1 = (s1 + view.getUint32(at + 4, this.#little) + s0) >>> 0;
    }
    this.#s0 = s0;
    this.#s1 = s1;
  }

  equals(bytes: Buffer, offset: number): boolean {
    return this.#s0 === bytes.readUInt32BE(offset) && this.#s1 === bytes.readUInt32BE(offset + 4);
  }
}

const nothing = (frames: number): Wal => ({ frames, applied: 0, pages: new Map(), pageCount: undefined });

/**
 * Replays a log as SQLite's recovery does: frames count as long as their salts and checksums agree, and only up to the
 * last commit among them. What comes after (a transaction under way, leftovers of an older log) is no part of the
 * database. A log whose own header does not check out is void as a whole. Throws `RPM_WAL_MISMATCH` when it is of another
 * page size than the database.
 */
export function readWal(log: Buffer, pageSize: number): Wal {
  const step = FRAME_HEADER + pageSize;
  const frames = Math.max(0, Math.floor((log.length - HEADER) / step));
  if (log.length < HEADER) return nothing(frames);
  const magic = log.readUInt32BE(0);
  if (magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) return nothing(frames);
  const checksum = new Checksum(magic === MAGIC_LITTLE);
  checksum.add(log.subarray(0, 24));
  if (!checksum.equals(log, 24)) return nothing(frames);
  if (log.readUInt32BE(8) !== pageSize) {
    refuse(
      DB_ERROR.wal,
      `the log has pages of ${log.readUInt32BE(8)} bytes, the database of ${pageSize}.`,
      'log, offset 8',
    );
  }
  const pages = new Map<number, Buffer>();
  let pending: [number, Buffer][] = [];
  let applied = 0;
  let pageCount: number | undefined;
  for (let frame = 0; frame < frames; frame++) {
    const at = HEADER + frame * step;
    const page = log.readUInt32BE(at);
    const content = log.subarray(at + FRAME_HEADER, at + step);
    const salted =
      log.readUInt32BE(at + 8) === log.readUInt32BE(16) && log.readUInt32BE(at + 12) === log.readUInt32BE(20);
    if (!salted || page === 0) break;
    checksum.add(log.subarray(at, at + 8));
    checksum.add(content);
    if (!checksum.equals(log, at + 16)) break;
    pending.push([page, content]);
    const sizeAfterCommit = log.readUInt32BE(at + 4);
    if (sizeAfterCommit === 0) continue;
    for (const [number, bytes] of pending) pages.set(number, bytes);
    pending = [];
    pageCount = sizeAfterCommit;
    applied = frame + 1;
  }
  return { frames, applied, pages, pageCount };
}
