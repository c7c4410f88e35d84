import { SlipwayError } from '../../util/index.ts';
import type { RpmdbFormat } from '../types.ts';

/** A header inside a database, and where it stood, for error messages. */
export interface StoredHeader {
  readonly blob: Uint8Array;
  readonly place: string;
}

/** An opened database of one format. */
export interface OpenRpmdb {
  readonly wal: { readonly frames: number; readonly applied: number } | undefined;
  /** All headers. May throw `RPM_DB_…` at any of them. */
  headers(): Iterable<StoredHeader>;
}

/** A database format that rpm has used. The three of them are siblings: one file, one object each, listed in `index.ts`. */
export interface RpmdbBackend {
  readonly format: RpmdbFormat;
  /** Whether a file beginning with these bytes (16 or more) is of the format. */
  matches(firstBytes: Buffer): boolean;
  /** Checks what the file says about itself. Throws `RPM_DB_…`. */
  open(main: Buffer, wal: Buffer | undefined): OpenRpmdb;
}

export const DB_ERROR = {
  /** The file is whole but is no rpmdb. */
  notRpmdb: 'RPM_DB_NOT_RPMDB',
  /** It ends before what it says it holds. */
  truncated: 'RPM_DB_TRUNCATED',
  /** A count, offset or pointer lies, or leads in a circle. */
  corrupt: 'RPM_DB_CORRUPT',
  /** A variety that rpm does not use: encrypted, UTF-16, unknown version. */
  unsupported: 'RPM_DB_UNSUPPORTED',
  /** A valid database without a single header. */
  empty: 'RPM_DB_EMPTY',
  /** The write-ahead log belongs to another database. */
  wal: 'RPM_WAL_MISMATCH',
} as const;

export function refuse(code: string, message: string, field: string): never {
  throw new SlipwayError(code, message, { place: { field } });
}

/**
 * Keeps a walk over an untrusted file finite: no page is read twice, and no more bytes are handed out than the file has.
 * A loop of pages, or a thousand entries that all point at one, ends here.
 */
export class WalkGuard {
  readonly #seen: Uint8Array;
  #bytesLeft: number;

  constructor(pages: number, bytes: number) {
    this.#seen = new Uint8Array((pages >> 3) + 1);
    this.#bytesLeft = bytes;
  }

  /** Claims a page for this walk; `from` says who pointed at it. The caller has checked that the page is inside the file. */
  visit(page: number, from: string): void {
    const byte = page >> 3;
    const bit = 1 << (page & 7);
    const seen = this.#seen[byte] ?? 0;
    if ((seen & bit) !== 0) refuse(DB_ERROR.corrupt, `page ${page} is used twice.`, from);
    this.#seen[byte] = seen | bit;
  }

  /** Claims bytes of content, before anything is allocated for them. */
  spend(bytes: number, from: string): void {
    if (bytes > this.#bytesLeft) {
      refuse(DB_ERROR.corrupt, `its content is announced with ${bytes} bytes, more than the file has left.`, from);
    }
    this.#bytesLeft -= bytes;
  }
}
