import { DB_ERROR, type OpenRpmdb, type RpmdbBackend, refuse, type StoredHeader } from './backend.ts';
import { columns, isBlob, SqliteFile } from './sqlite-file.ts';
import { SQLITE_MAGIC } from './sqlite-pages.ts';

/**
 * rpm's own statement (lib/backend/sqlite.c). A view of that name, or a table with other columns, would show rpm other
 * packages than those this reader finds in the second column.
 */
const RPM_TABLE =
  /^create table\s+["'`[]?packages["'`\]]?\s*\(\s*["'`]?hnum["'`]?\s+integer\s+primary\s+key(\s+autoincrement)?\s*,\s*["'`]?blob["'`]?\s+blob(\s+not\s+null)?\s*\)$/i;

class Sqlite implements OpenRpmdb {
  readonly #file: SqliteFile;

  constructor(main: Buffer, log: Buffer | undefined) {
    this.#file = new SqliteFile(main, log);
  }

  get wal(): OpenRpmdb['wal'] {
    return this.#file.wal;
  }

  *headers(): Generator<StoredHeader> {
    for (const row of this.#file.rows(this.#packagesRoot(), 'table Packages')) {
      const [, blob] = columns(row, 2);
      if (blob === undefined || !isBlob(blob)) {
        refuse(DB_ERROR.corrupt, 'the second column of table Packages is no blob.', row.place);
      }
      yield { blob: blob.bytes, place: row.place };
    }
  }

  /** Root page of rpm's table, from the schema on page 1. */
  #packagesRoot(): number {
    for (const { name, rootPage, sql, place } of this.#file.schema()) {
      // SQLite compares names without regard to case, and so does rpm through it.
      if (name.toLowerCase() !== 'packages') continue;
      if (!RPM_TABLE.test(sql)) {
        refuse(DB_ERROR.unsupported, 'Packages is not the table that rpm makes: rpm might read it otherwise.', place);
      }
      return rootPage ?? refuse(DB_ERROR.corrupt, 'table Packages has no root page.', place);
    }
    return refuse(DB_ERROR.notRpmdb, 'this SQLite database has no table Packages: it is not an rpmdb.', 'schema');
  }
}

export const sqlite: RpmdbBackend = {
  format: 'sqlite',
  matches: (first) => SQLITE_MAGIC.equals(first.subarray(0, SQLITE_MAGIC.length)),
  open: (main, log) => new Sqlite(main, log),
};
