import { SlipwayError } from '../../util/index.ts';
import { asBuffer } from '../bytes.ts';
import { readHeader } from '../header/header.ts';
import { installedPackage } from '../package.ts';
import type { RpmDatabase, RpmdbFormat, RpmPackage } from '../types.ts';
import { DB_ERROR, type OpenRpmdb, type RpmdbBackend, refuse } from './backend.ts';
import { bdb } from './bdb.ts';
import { ndb } from './ndb.ts';
import { sqlite } from './sqlite.ts';

const BACKENDS: readonly RpmdbBackend[] = [sqlite, bdb, ndb];

/** Bytes from the beginning of a file that `isRpmdbMagic` needs. */
export const RPMDB_MAGIC_LENGTH = 16;

/** More packages than any system has; each costs memory of its own, however small its header. */
const MAX_PACKAGES = 200_000;

function backendOf(first: Buffer): RpmdbBackend | undefined {
  return BACKENDS.find((backend) => backend.matches(first));
}

/**
 * The database format that a file of these first bytes (16 suffice) may have. SQLite's and Berkeley DB's magic are other
 * programs' too: `looksLikeRpmdb` tells them apart.
 */
export function isRpmdbMagic(firstBytes: Uint8Array): RpmdbFormat | undefined {
  return backendOf(asBuffer(firstBytes).subarray(0, RPMDB_MAGIC_LENGTH))?.format;
}

/** Other programs keep other things in a Berkeley DB hash, rpm's own indexes of RHEL 5 to 7 among them. */
function holdsHeader(open: OpenRpmdb): boolean {
  for (const { blob, place } of open.headers()) {
    try {
      readHeader(blob, place);
      return true;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      // rpm skips headers that it can't read, so one in front of the others must not hide them.
    }
  }
  return false;
}

/**
 * Whether a whole file is an rpmdb: of a known format, and with rpm's table (SQLite) or any package header (Berkeley DB)
 * inside. A file whose format fits but which is damaged counts as one, so that reading it fails loudly: unreadable must
 * never look clean.
 */
export function looksLikeRpmdb(main: Uint8Array, wal?: Uint8Array): boolean {
  const file = asBuffer(main);
  const backend = backendOf(file);
  if (backend === undefined) return false;
  try {
    const open = backend.open(file, wal === undefined ? undefined : asBuffer(wal));
    if (backend === bdb) return holdsHeader(open);
    open.headers()[Symbol.iterator]().next();
    return true;
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return error.code !== DB_ERROR.notRpmdb;
  }
}

/**
 * Reads an rpmdb, its format told by its content. For SQLite, `wal` is the `-wal` file beside it: what is committed there
 * is part of the database, and leaving it out hides packages.
 *
 * Memory stays within a small multiple of the files' size and time linear in it, whatever they claim. Throws:
 * `RPM_DB_NOT_RPMDB`, `RPM_DB_EMPTY` (a database without one entry proves nothing), `RPM_DB_TRUNCATED`, `RPM_DB_CORRUPT`,
 * `RPM_DB_UNSUPPORTED`, `RPM_WAL_MISMATCH`, `RPM_HEADER_CORRUPT`; each names the page and offset.
 */
export function readRpmdb(main: Uint8Array, wal?: Uint8Array): RpmDatabase {
  const file = asBuffer(main);
  const backend = backendOf(file);
  if (backend === undefined) {
    refuse(
      DB_ERROR.notRpmdb,
      file.length === 0 ? 'the file is empty.' : 'this is no rpmdb: not SQLite, Berkeley DB or NDB.',
      'offset 0',
    );
  }
  const log = wal === undefined || wal.length === 0 ? undefined : asBuffer(wal);
  if (log !== undefined && backend !== sqlite) {
    refuse(DB_ERROR.wal, `a write-ahead log belongs to SQLite, and this database is ${backend.format}.`, 'log');
  }
  const open = backend.open(file, log);
  const packages: RpmPackage[] = [];
  const keys: RpmPackage[] = [];
  for (const { blob, place } of open.headers()) {
    const pkg = installedPackage(readHeader(blob, place), place);
    (pkg.name === 'gpg-pubkey' ? keys : packages).push(pkg);
    if (packages.length + keys.length > MAX_PACKAGES) {
      refuse(DB_ERROR.corrupt, `the database holds more than ${MAX_PACKAGES} packages.`, place);
    }
  }
  if (packages.length + keys.length === 0) {
    refuse(DB_ERROR.empty, 'the database is valid and holds no package at all.', backend.format);
  }
  return { format: backend.format, packages, keys, wal: open.wal };
}
