import type { LayerEntry } from '../../../oci/index.ts';
import { isRpmdbMagic, looksLikeRpmdb, RPMDB_MAGIC_LENGTH } from '../../../rpm/index.ts';
import type { PackageFiles } from '../../deep/index.ts';
import { readDnfHistory } from '../../evidence/index.ts';
import type { DnfHistoryFacts, Gap, RpmdbFacts } from '../../model/index.ts';
import { type PackageReader, rpmdbFacts } from './rpmdb.ts';

/** Largest RPM database that is read, in bytes; real ones stay below 120 MB. */
const LARGEST_RPMDB = 256 << 20;
/** No database is smaller: one page of SQLite's smallest page size. */
const SMALLEST_RPMDB = 512;

/** Names under which rpm itself looks for its database, below any prefix (spec audit.md § 2.1). */
export const RPMDB_NAME = /(^|\/)(rpmdb\.sqlite|(rpm|rpm-ostree-base-db)\/Packages(\.db)?)$/u;
/** dnf's own names for its history; one under another name is read as well. */
const HISTORY_NAME = /(^|\/)(transaction_)?history\.sqlite$/u;

const LOG_SUFFIX = '-wal';
const JOURNAL_SUFFIX = '-journal';
/** First bytes of SQLite's write-ahead log (SQLite file format § 4.1), without the bit for the checksums' byte order. */
const isLog = (first: Buffer): boolean =>
  first.length >= 4 && (first.readUInt32BE(0) & 0xfffffffe) >>> 0 === 0x377f0682;
/** First bytes of a rollback journal that waits to be played back (§ 3); a finished one is zeroed, emptied or gone. */
const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

type Report = (kind: Gap['kind'], path: string, error: unknown) => void;

export interface DatabaseFacts {
  readonly rpmdbs: RpmdbFacts[];
  readonly dnfHistories: DnfHistoryFacts[];
}

/** Keeps the databases of one layer in memory, with the logs beside them, until it is over and they can be told. */
export class DatabaseShelf {
  readonly #main = new Map<string, Buffer>();
  readonly #logs = new Map<string, Buffer>();
  readonly #journals = new Set<string>();

  has(path: string): boolean {
    return this.#main.has(path);
  }

  /** What a file is, by its name and first bytes; `undefined` when it is nothing that is kept. */
  sortOf(entry: LayerEntry): 'main' | 'log' | undefined {
    const { path, size } = entry;
    if (path.endsWith(LOG_SUFFIX) && isLog(entry.head(4))) return 'log';
    if (path.endsWith(JOURNAL_SUFFIX) && entry.head(JOURNAL_MAGIC.length).equals(JOURNAL_MAGIC)) {
      this.#journals.add(path);
    }
    if (RPMDB_NAME.test(path)) return 'main';
    return size >= SMALLEST_RPMDB && isRpmdbMagic(entry.head(RPMDB_MAGIC_LENGTH)) !== undefined ? 'main' : undefined;
  }

  static readonly limit = LARGEST_RPMDB;

  keep(sort: 'main' | 'log', path: string, content: Buffer): void {
    (sort === 'log' ? this.#logs : this.#main).set(path, content);
  }

  /**
   * Reads everything. `links` are hard links named like databases: path ► target. What can not be read goes to
   * `report`; lists of signed files go to `files`, where given.
   */
  read(
    links: ReadonlyMap<string, string>,
    reader: PackageReader,
    report: Report,
    files?: Map<string, PackageFiles>,
  ): DatabaseFacts {
    const rpmdbs: RpmdbFacts[] = [];
    const dnfHistories: DnfHistoryFacts[] = [];
    for (const [path, main] of this.#main) {
      const others = [...links].filter(([, target]) => target === path).map(([link]) => link);
      const paths = [path, ...others];
      const named = paths.some((name) => RPMDB_NAME.test(name));
      const log = this.#takeLog(paths);
      // Other applications keep databases of the same formats.
      if (!named && !looksLikeRpmdb(main, log)) {
        const history = this.#history(path, main, log, report);
        if (history) dnfHistories.push(history);
        continue;
      }
      const journal = paths.map((name) => `${name}${JOURNAL_SUFFIX}`).find((name) => this.#journals.has(name));
      try {
        rpmdbs.push(rpmdbFacts({ path, links: others, named, main, log, journal }, reader, files));
      } catch (error) {
        report(named || mayListPackages(main) ? 'rpmdb' : 'evidence', path, error);
      }
    }
    return { rpmdbs, dnfHistories };
  }

  /** Logs whose database is not in the layer. */
  lonelyLogs(): string[] {
    return [...this.#logs.keys()].filter((path) => RPMDB_NAME.test(path.slice(0, -LOG_SUFFIX.length)));
  }

  #takeLog(paths: readonly string[]): Buffer | undefined {
    const names = paths.map((path) => `${path}${LOG_SUFFIX}`);
    const log = names.map((name) => this.#logs.get(name)).find((found) => found !== undefined);
    for (const name of names) this.#logs.delete(name);
    return log;
  }

  #history(path: string, main: Buffer, log: Buffer | undefined, report: Report): DnfHistoryFacts | undefined {
    if (isRpmdbMagic(main) !== 'sqlite') return undefined;
    try {
      const history = readDnfHistory(main, log);
      return history && { path, ...history };
    } catch (error) {
      // A database of some other application may be of a variety that is not read here; it is no evidence.
      if (HISTORY_NAME.test(path)) report('evidence', path, error);
      return undefined;
    }
  }
}

/**
 * Of files that can not be read: SQLite is every application's format, so one without rpm's name and without the name of
 * rpm's table is no more than unreadable evidence; the other formats are as good as only rpm's.
 */
const mayListPackages = (main: Buffer): boolean => isRpmdbMagic(main) !== 'sqlite' || main.includes('Packages');
