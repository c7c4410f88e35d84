import { asBuffer } from '../bytes.ts';
import type { SqlTable, SqlValue } from '../types.ts';
import { DB_ERROR, refuse } from './backend.ts';
import { columns, SqliteFile, type SqliteRow, type SqliteSchemaEntry } from './sqlite-file.ts';

/** More rows than any table read here has; a bound on memory, not on the format. */
const MAX_ROWS = 1_000_000;

/** Longest statement that is taken apart; real ones have some hundred characters. */
const MAX_SQL = 64 << 10;

/** Clauses of a CREATE TABLE that stand where a column could stand. */
const CONSTRAINT = /^(constraint|primary\s+key|unique|foreign\s+key|check)\b/iu;

const unquoted = (name: string): string => name.replace(/^(["'`[])(.*)["'`\]]$/su, '$2');

/** The parts between the outermost parentheses of a statement, split at its commas; comments are gone, quotes respected. */
function clauses(sql: string): string[] {
  const found: string[] = [];
  let part = '';
  let depth = 0;
  for (const [token] of sql.matchAll(/\/\*.*?\*\/|--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|./gsu)) {
    if (token.startsWith('/*') || token.startsWith('--')) part += ' ';
    else if (token === '(' && depth++ === 0) part = '';
    else if (token === ')' && --depth === 0) break;
    else if (token === ',' && depth === 1) {
      found.push(part.trim());
      part = '';
    } else part += token;
  }
  return [...found, part.trim()].filter((clause) => clause !== '');
}

interface Definition {
  readonly columns: readonly string[];
  /** Index of the column that is another name of the row id (sqlite.org/lang_createtable.html § 5), or -1. */
  readonly rowid: number;
}

function definitionOf({ sql, name, place }: SqliteSchemaEntry): Definition {
  if (sql.length > MAX_SQL) refuse(DB_ERROR.unsupported, `the statement that made table ${name} is too long.`, place);
  if (/\)\s*(strict\s*,\s*)?without\s+rowid/iu.test(sql)) {
    refuse(DB_ERROR.unsupported, `table ${name} is one without row ids.`, place);
  }
  const all = clauses(sql);
  const columnClauses = all.filter((clause) => !CONSTRAINT.test(clause));
  const names = columnClauses.map((clause) =>
    unquoted(/^("[^"]*"|'[^']*'|`[^`]*`|\[[^\]]*\]|\S+)/u.exec(clause)?.[0] ?? '').toLowerCase(),
  );
  const key = all
    .map(
      (clause) =>
        /^(?:constraint\s+\S+\s+)?primary\s+key\s*\(\s*([^\s,)]+)(?:\s+autoincrement)?\s*\)/iu.exec(clause)?.[1],
    )
    .find((column) => column !== undefined);
  const named = key === undefined ? '' : unquoted(key).toLowerCase();
  const rowid = columnClauses.findIndex(
    (clause, index) =>
      /^\S+\s+integer\b/iu.test(clause) && (/\bprimary\s+key\b(?!\s+desc)/iu.test(clause) || names[index] === named),
  );
  return { columns: names, rowid };
}

function sqlValue({ type, bytes }: { readonly type: number; readonly bytes: Buffer }): SqlValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type <= 5) return bytes.readIntBE(0, bytes.length);
  if (type === 6) return Number(bytes.readBigInt64BE());
  if (type === 7) return bytes.readDoubleBE();
  return type % 2 === 0 ? bytes : bytes.toString('utf8');
}

function record(row: SqliteRow, { columns: names, rowid }: Definition): Record<string, SqlValue> {
  const values = columns(row, names.length, true).map(sqlValue);
  return Object.fromEntries(
    names.map((name, index) => [name, index === rowid ? row.rowid : (values[index] ?? null)] as const),
  );
}

/**
 * Tables of any SQLite database by name, with its write-ahead log applied: what other tools of a system keep beside rpm's
 * database. `wanted` are names in lower case; a table that is not there is not in the result. Integers beyond 2^53 lose
 * their last digits. Throws `RPM_DB_…`; bounded as `readRpmdb` is.
 */
export function readSqliteTables(
  main: Uint8Array,
  wal: Uint8Array | undefined,
  wanted: readonly string[],
): ReadonlyMap<string, SqlTable> {
  const file = new SqliteFile(asBuffer(main), wal === undefined ? undefined : asBuffer(wal));
  const entries = [...file.schema()].filter(
    ({ type, name }) => type === 'table' && wanted.includes(name.toLowerCase()),
  );
  const tables = new Map<string, SqlTable>();
  for (const entry of entries) {
    const { name, rootPage, place } = entry;
    if (rootPage === undefined) refuse(DB_ERROR.corrupt, `table ${name} has no root page.`, place);
    const definition = definitionOf(entry);
    const rows: Record<string, SqlValue>[] = [];
    for (const row of file.rows(rootPage, `table ${name}`)) {
      if (rows.length >= MAX_ROWS) refuse(DB_ERROR.corrupt, `table ${name} has more than ${MAX_ROWS} rows.`, row.place);
      rows.push(record(row, definition));
    }
    tables.set(name.toLowerCase(), rows);
  }
  return tables;
}
