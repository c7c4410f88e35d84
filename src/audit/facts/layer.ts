import { type Descriptor, type ImageSource, type LayerEntry, parseDigest, readLayer } from '../../oci/index.ts';
import { isRpmdbMagic, looksLikeRpmdb, RPMDB_MAGIC_LENGTH } from '../../rpm/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { COLLECTORS, type Collector, type EvidenceSort } from '../evidence/index.ts';
import { EXTRACTOR, type Gap, type LayerFacts } from './model.ts';
import { type PackageReader, rpmdbFacts } from './rpmdb.ts';

/** Largest RPM database that is read, in bytes; real ones stay below 120 MB. */
const LARGEST_RPMDB = 256 << 20;
/** No database is smaller: one page of SQLite's smallest page size. */
const SMALLEST_RPMDB = 512;
/** Deletions of one layer that are kept; a layer with more is made to exhaust memory. */
const MOST_WHITEOUTS = 100_000;

/** Names under which rpm itself looks for its database, below any prefix (spec audit.md § 2.1). */
const RPMDB_NAME = /(^|\/)(rpmdb\.sqlite|(rpm|rpm-ostree-base-db)\/Packages(\.db)?)$/u;
const LOG_SUFFIX = '-wal';
/** First bytes of SQLite's write-ahead log (SQLite file format § 4.1), without the bit for the checksums' byte order. */
const isLog = (first: Buffer): boolean =>
  first.length >= 4 && (first.readUInt32BE(0) & 0xfffffffe) >>> 0 === 0x377f0682;

type Evidence = { [Sort in EvidenceSort]: LayerFacts[Sort] };

/** What one pass over a layer finds; files are kept until the log beside a database can be told. */
class LayerScan {
  readonly #evidence: Evidence = {
    osReleases: [],
    repositories: [],
    contentManifests: [],
    dockerfiles: [],
    labelFiles: [],
    packageLists: [],
    certificates: [],
    residues: [],
    dnfHistories: [],
    binaries: [],
  };
  readonly #gaps: Gap[] = [];
  readonly #databases = new Map<string, Buffer>();
  readonly #logs = new Map<string, Buffer>();
  /** Hard links that are named like evidence: path ► target. */
  readonly #links = new Map<string, string>();
  readonly #whiteouts: string[] = [];
  readonly #opaque: string[] = [];

  /** Looks at one entry; what it returns is to be awaited before the next. Nothing is awaited for files nobody wants. */
  see(entry: LayerEntry): Promise<void> | undefined {
    if (entry.whiteout !== undefined) this.#delete(entry);
    else if (entry.type === 'file') return this.#file(entry);
    else if (entry.type === 'hardlink' && entry.linkname !== undefined && this.#named(entry.path)) {
      this.#links.set(entry.path, entry.linkname);
    }
    return undefined;
  }

  #file(entry: LayerEntry): Promise<void> | undefined {
    const { path, size } = entry;
    const collector = collectorOf(path, size);
    if (collector) return this.#collect(collector, entry, [path]);
    const named = RPMDB_NAME.test(path);
    if (path.endsWith(LOG_SUFFIX) && isLog(entry.head(4))) return this.#keep(this.#logs, entry, named);
    const wanted = named || (size >= SMALLEST_RPMDB && isRpmdbMagic(entry.head(RPMDB_MAGIC_LENGTH)) !== undefined);
    return wanted ? this.#keep(this.#databases, entry, named) : undefined;
  }

  /** Targets of links whose content the first pass let go by: ostree's objects have no telling name. */
  unread(): Map<string, string[]> {
    const wanted = new Map<string, string[]>();
    for (const [path, target] of this.#links) {
      if (!this.#databases.has(target)) wanted.set(target, [...(wanted.get(target) ?? []), path]);
    }
    return wanted;
  }

  /** Second look at a file that hard links name as evidence. */
  async seeLinked(entry: LayerEntry, paths: readonly string[]): Promise<void> {
    for (const path of paths) this.#links.delete(path);
    const [first = entry.path] = paths;
    const collector = collectorOf(first, entry.size);
    if (collector) await this.#collect(collector, entry, paths);
    else this.#gap('rpmdb', first, 'AUDIT_RPMDB_UNREADABLE', 'it has the name of an RPM database and is none.');
  }

  facts(reader: PackageReader): Omit<LayerFacts, 'extractor' | 'keyring' | 'digest' | 'diffId' | 'size'> {
    const rpmdbs = [...this.#databases].flatMap(([path, main]) => {
      const links = [...this.#links].filter(([, target]) => target === path).map(([link]) => link);
      const paths = [path, ...links];
      const log = paths.map((name) => this.#logs.get(`${name}${LOG_SUFFIX}`)).find((found) => found !== undefined);
      for (const name of paths) this.#logs.delete(`${name}${LOG_SUFFIX}`);
      const named = paths.some((name) => RPMDB_NAME.test(name));
      // Other applications keep databases of the same formats.
      if (!named && !looksLikeRpmdb(main, log)) return [];
      try {
        return [rpmdbFacts({ path, links, named, main, log, journal: undefined }, reader)];
      } catch (error) {
        this.#failed(named || mayListPackages(main) ? 'rpmdb' : 'evidence', path, error);
        return [];
      }
    });
    for (const path of this.#logs.keys()) {
      const message = 'the database that this write-ahead log belongs to is not in the same layer.';
      if (RPMDB_NAME.test(path.slice(0, -LOG_SUFFIX.length))) this.#gap('rpmdb', path, 'AUDIT_LOG_ALONE', message);
    }
    const looseLinks = [...this.#links]
      .filter(([, target]) => !this.#databases.has(target))
      .map(([path, target]) => ({ kind: kindOf(path), path, target }));
    return {
      ...this.#evidence,
      files: null,
      rpmdbs: rpmdbs.sort(byPath),
      gaps: this.#gaps.sort(byPath),
      whiteouts: this.#whiteouts.sort(),
      opaque: this.#opaque.sort(),
      looseLinks: looseLinks.sort(byPath),
    };
  }

  #named(path: string): boolean {
    return RPMDB_NAME.test(path) || collectorOf(path, 0) !== undefined;
  }

  #delete(entry: LayerEntry): void {
    const list = entry.whiteout === 'opaque' ? this.#opaque : this.#whiteouts;
    if (list.length >= MOST_WHITEOUTS) {
      throw new SlipwayError('AUDIT_LAYER_HOSTILE', `the layer deletes more than ${MOST_WHITEOUTS} paths.`);
    }
    list.push(entry.path);
  }

  async #collect(collector: Collector, entry: LayerEntry, paths: readonly string[]): Promise<void> {
    const content = entry.size > collector.limit ? undefined : await entry.bytes(collector.limit);
    for (const path of paths) {
      if (content === undefined) {
        this.#gap('evidence', path, 'AUDIT_EVIDENCE_TOO_LARGE', `it is larger than ${collector.limit} bytes.`);
        continue;
      }
      try {
        append(this.#evidence, collector, path, content);
      } catch (error) {
        this.#failed('evidence', path, error);
      }
    }
  }

  /** Keeps a database or log in memory until the layer's end. */
  async #keep(files: Map<string, Buffer>, entry: LayerEntry, named: boolean): Promise<void> {
    const { path, size } = entry;
    if (size <= LARGEST_RPMDB) files.set(path, await entry.bytes(LARGEST_RPMDB));
    else {
      const message = `the database is larger than ${LARGEST_RPMDB} bytes.`;
      this.#gap(named ? 'rpmdb' : 'evidence', path, 'AUDIT_RPMDB_TOO_LARGE', message);
    }
  }

  #failed(kind: Gap['kind'], path: string, error: unknown): void {
    this.#gap(kind, path, error instanceof SlipwayError ? error.code : 'AUDIT_EVIDENCE_INVALID', messageOf(error));
  }

  #gap(kind: Gap['kind'], path: string, code: string, message: string): void {
    this.#gaps.push({ kind, path, code, message });
  }
}

const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;

/**
 * Of files that can not be read: SQLite is every application's format, so one without rpm's name and without the name of
 * rpm's table is no more than unreadable evidence; the other formats are as good as only rpm's.
 */
const mayListPackages = (main: Buffer): boolean => isRpmdbMagic(main) !== 'sqlite' || main.includes('Packages');

const kindOf = (path: string): 'rpmdb' | 'evidence' => (RPMDB_NAME.test(path) ? 'rpmdb' : 'evidence');

function collectorOf(path: string, size: number): Collector | undefined {
  return COLLECTORS.find((collector) => collector.wants(path, size));
}

function append(evidence: Evidence, collector: Collector, path: string, content: Buffer): void {
  // Each collector's result has the type of its own sort; the table of collectors only knows the union of all.
  const list: unknown[] = evidence[collector.sort];
  list.push(...collector.read(path, content));
}

/**
 * Facts of one layer, from one streaming pass; a second pass reads the files that hard links name as evidence, which
 * only ostree's encapsulated images need (spec audit.md § 2.1). Memory: a few chunks, and the RPM databases of the
 * layer. Content that can not be read becomes a gap; a layer that can not be read throws (`OCI_…`).
 */
export async function extractLayer(
  source: ImageSource,
  layer: Descriptor,
  diffId: string,
  reader: PackageReader,
  keyring: string,
): Promise<LayerFacts> {
  const scan = new LayerScan();
  for await (const entry of readLayer(source, layer, { diffId: parseDigest(diffId) })) {
    const taken = scan.see(entry);
    if (taken) await taken;
  }
  const unread = scan.unread();
  if (unread.size > 0) {
    for await (const entry of readLayer(source, layer)) {
      const paths = entry.type === 'file' && entry.whiteout === undefined ? unread.get(entry.path) : undefined;
      if (paths) await scan.seeLinked(entry, paths);
    }
  }
  return {
    extractor: EXTRACTOR,
    keyring,
    digest: layer.digest,
    diffId,
    size: layer.size,
    ...scan.facts(reader),
  };
}
