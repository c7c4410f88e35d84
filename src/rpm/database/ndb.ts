import { DB_ERROR, type OpenRpmdb, type RpmdbBackend, refuse, type StoredHeader, WalkGuard } from './backend.ts';

// rpm's own "new database" (lib/backend/ndb/rpmpkg.c), used by openSUSE and SLE. Little endian on every machine.
const MAGIC = Buffer.from('RpmP');
const SLOT_MAGIC = 0x746f6c53; // "Slot"
const BLOB_MAGIC = 0x53626c42; // "BlbS"
const TAIL_MAGIC = 0x45626c42; // "BlbE"
const SLOT = 16;
const BLOCK = 16;
const SLOT_PAGE = 4096;
const FIRST_SLOT = 32;
const BLOB_HEAD = 16;
const BLOB_TAIL = 12;

/** Adler-32 (RFC 1950 § 8.2), the sums reduced every 5552 bytes, before they could overflow. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + 5552, bytes.length);
    for (; at < end; at++) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}

class Ndb implements OpenRpmdb {
  readonly wal = undefined;
  readonly #main: Buffer;
  readonly #slotEnd: number;

  constructor(main: Buffer) {
    if (main.length < SLOT_PAGE) refuse(DB_ERROR.truncated, 'the database ends inside its first page.', 'offset 0');
    const version = main.readUInt32LE(4);
    if (version !== 0) refuse(DB_ERROR.unsupported, `version ${version} of NDB is unknown.`, 'offset 4');
    const slotPages = main.readUInt32LE(12);
    this.#main = main;
    this.#slotEnd = slotPages * SLOT_PAGE;
    if (slotPages < 1 || this.#slotEnd > main.length) {
      refuse(DB_ERROR.truncated, `${slotPages} pages of slots do not fit into ${main.length} bytes.`, 'offset 12');
    }
  }

  *headers(): Generator<StoredHeader> {
    const guard = new WalkGuard(Math.ceil(this.#main.length / BLOCK), this.#main.length);
    for (let at = FIRST_SLOT; at < this.#slotEnd; at += SLOT) {
      if (this.#main.readUInt32LE(at) !== SLOT_MAGIC) {
        refuse(DB_ERROR.corrupt, 'a slot has no slot mark.', `offset ${at}`);
      }
      const number = this.#main.readUInt32LE(at + 4);
      const block = this.#main.readUInt32LE(at + 8);
      const blocks = this.#main.readUInt32LE(at + 12);
      if (number !== 0) yield this.#blob(number, block, blocks, guard);
    }
  }

  #blob(number: number, block: number, blocks: number, guard: WalkGuard): StoredHeader {
    const place = `package ${number}, offset ${block * BLOCK}`;
    const start = block * BLOCK;
    const end = (block + blocks) * BLOCK;
    if (start < this.#slotEnd || end > this.#main.length || blocks * BLOCK < BLOB_HEAD + BLOB_TAIL) {
      refuse(DB_ERROR.truncated, `its ${blocks} blocks are not inside the file's ${this.#main.length} bytes.`, place);
    }
    guard.spend(end - start, place);
    const length = this.#main.readUInt32LE(start + 12);
    const tail = end - BLOB_TAIL;
    const fits =
      this.#main.readUInt32LE(start) === BLOB_MAGIC &&
      this.#main.readUInt32LE(start + 4) === number &&
      Math.ceil((BLOB_HEAD + length + BLOB_TAIL) / BLOCK) === blocks &&
      this.#main.readUInt32LE(tail + 4) === length &&
      this.#main.readUInt32LE(tail + 8) === TAIL_MAGIC;
    if (!fits) refuse(DB_ERROR.corrupt, 'the blob does not fit the slot that points at it.', place);
    if (this.#main.readUInt32LE(tail) !== adler32(this.#main.subarray(start, tail))) {
      refuse(DB_ERROR.corrupt, 'the blob does not fit its checksum.', place);
    }
    return { blob: this.#main.subarray(start + BLOB_HEAD, start + BLOB_HEAD + length), place };
  }
}

export const ndb: RpmdbBackend = {
  format: 'ndb',
  matches: (first) => MAGIC.equals(first.subarray(0, 4)),
  open: (main) => new Ndb(main),
};
