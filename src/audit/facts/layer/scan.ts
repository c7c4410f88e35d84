import type { LayerEntry } from '../../../oci/index.ts';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import type { PackageFiles } from '../../deep/index.ts';
import {
  BINARY_START,
  BinaryScan,
  type Collector,
  collectorsOf,
  ELF_MAGIC_LENGTH,
  type EvidenceSort,
  isElf,
} from '../../evidence/index.ts';
import type { BinaryFacts, Gap, LayerFacts } from '../../model/index.ts';
import { DatabaseShelf, RPMDB_NAME } from './databases.ts';
import { FileList } from './file-list.ts';
import type { PackageReader } from './rpmdb.ts';

/** Deletions of one layer that are kept; a layer with more is made to exhaust memory. */
const MOST_WHITEOUTS = 100_000;
/** Files up to this size are read whole when they must be hashed: a stream for each would cost more. */
const SMALL_FILE = 1 << 20;

type Evidence = { [Sort in EvidenceSort]: LayerFacts[Sort] };

/** What one pass over a layer finds; databases are kept until the log beside them can be told. */
export class LayerScan {
  readonly #evidence: Evidence = {
    osReleases: [],
    repositories: [],
    contentManifests: [],
    dockerfiles: [],
    labelFiles: [],
    packageLists: [],
    certificates: [],
    residues: [],
  };
  readonly #binaries: BinaryFacts[] = [];
  readonly #gaps: Gap[] = [];
  readonly #databases = new DatabaseShelf();
  /** Hard links that are named like evidence: path ► target. */
  readonly #links = new Map<string, string>();
  readonly #whiteouts: string[] = [];
  readonly #opaque: string[] = [];
  readonly #files: FileList | undefined;
  readonly #signed: Map<string, PackageFiles> | undefined;

  /** `signed`: deep mode. Lists every file with its digest, and puts there what each package signed, by header. */
  constructor(signed?: Map<string, PackageFiles>) {
    this.#files = signed === undefined ? undefined : new FileList();
    this.#signed = signed;
  }

  /** Looks at one entry; what it returns is to be awaited before the next. Nothing is awaited for files nobody wants. */
  see(entry: LayerEntry): Promise<void> | undefined {
    const { path, type, linkname } = entry;
    if (entry.whiteout !== undefined) this.#delete(entry);
    else if (type === 'file') return this.#file(entry);
    else if (type === 'symlink' && linkname !== undefined) this.#files?.symlink(path, linkname);
    else if (type === 'hardlink' && linkname !== undefined) {
      this.#files?.hardlink(path, linkname);
      if (isNamed(path)) this.#links.set(path, linkname);
    }
    return undefined;
  }

  #file(entry: LayerEntry): Promise<void> | undefined {
    const { path, size } = entry;
    const collectors = collectorsOf(path, size);
    if (collectors.length > 0) return this.#collect(collectors, entry, [path]);
    const sort = this.#databases.sortOf(entry);
    if (sort !== undefined) return this.#keep(sort, entry);
    if (isElf(entry.head(ELF_MAGIC_LENGTH))) return this.#program(entry);
    return this.#files === undefined ? undefined : this.#hash(entry, undefined);
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
    const collectors = collectorsOf(first, entry.size);
    if (collectors.length > 0) await this.#collect(collectors, entry, paths, false);
    else if (RPMDB_NAME.test(first)) {
      this.#gap('rpmdb', first, 'AUDIT_RPMDB_UNREADABLE', 'it has the name of an RPM database and is none.');
    }
  }

  facts(reader: PackageReader): Omit<LayerFacts, 'extractor' | 'keyring' | 'digest' | 'diffId' | 'size'> {
    const { rpmdbs, dnfHistories } = this.#databases.read(
      this.#links,
      reader,
      (kind, path, error) => this.#failed(kind, path, error),
      this.#signed,
    );
    for (const path of this.#databases.lonelyLogs()) {
      const message = 'the database that this write-ahead log belongs to is not in the same layer.';
      this.#gap('rpmdb', path, 'AUDIT_LOG_ALONE', message);
    }
    const looseLinks = [...this.#links]
      .filter(([, target]) => !this.#databases.has(target))
      .map(([path, target]) => ({ kind: kindOf(path), path, target }));
    return {
      ...this.#evidence,
      rpmdbs: rpmdbs.sort(byPath),
      dnfHistories: dnfHistories.sort(byPath),
      binaries: this.#binaries.sort(byPath),
      gaps: this.#gaps.sort(byPath),
      files: this.#files?.facts() ?? null,
      whiteouts: this.#whiteouts.sort(),
      opaque: this.#opaque.sort(),
      looseLinks: looseLinks.sort(byPath),
    };
  }

  #delete(entry: LayerEntry): void {
    const list = entry.whiteout === 'opaque' ? this.#opaque : this.#whiteouts;
    if (list.length >= MOST_WHITEOUTS) {
      throw new SlipwayError('AUDIT_LAYER_HOSTILE', `the layer deletes more than ${MOST_WHITEOUTS} paths.`);
    }
    list.push(entry.path);
  }

  async #collect(
    collectors: readonly Collector[],
    entry: LayerEntry,
    paths: readonly string[],
    first = true,
  ): Promise<void> {
    const limit = Math.max(...collectors.map((collector) => collector.limit));
    const content = entry.size > limit ? undefined : await entry.bytes(limit);
    if (first && content !== undefined) this.#files?.whole(entry.path, content);
    if (first && content === undefined) await this.#hash(entry, undefined);
    for (const path of paths) {
      for (const collector of collectors) {
        if (content === undefined || content.length > collector.limit) {
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
  }

  /** Keeps a database or log in memory until the layer's end. */
  async #keep(sort: 'main' | 'log', entry: LayerEntry): Promise<void> {
    const { path, size } = entry;
    if (size > DatabaseShelf.limit) {
      const message = `the database is larger than ${DatabaseShelf.limit} bytes.`;
      this.#gap(RPMDB_NAME.test(path) ? 'rpmdb' : 'evidence', path, 'AUDIT_RPMDB_TOO_LARGE', message);
      await this.#hash(entry, undefined);
      return;
    }
    const content = await entry.bytes(DatabaseShelf.limit);
    this.#databases.keep(sort, path, content);
    this.#files?.whole(path, content);
  }

  async #program(entry: LayerEntry): Promise<void> {
    const scan = BinaryScan.of(entry.path, entry.size, await entry.start(BINARY_START));
    if (this.#files !== undefined || scan?.streams === true) await this.#hash(entry, scan);
    if (scan === undefined) return;
    try {
      const facts = scan.facts();
      if (facts) this.#binaries.push(facts);
    } catch (error) {
      this.#failed('evidence', entry.path, error);
    }
  }

  /** Passes the content of a file by the list of files (deep mode) and by `scan`. */
  async #hash(entry: LayerEntry, scan: BinaryScan | undefined): Promise<void> {
    if (this.#files !== undefined && entry.size <= SMALL_FILE) {
      const content = await entry.bytes(SMALL_FILE);
      scan?.take(content);
      this.#files.whole(entry.path, content);
      return;
    }
    const listed = this.#files?.streamed(entry.path, entry.size);
    if (listed === undefined && scan === undefined) return;
    for await (const piece of entry.body() as AsyncIterable<Buffer>) {
      scan?.take(piece);
      listed?.hash.update(piece);
    }
    listed?.end();
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

const kindOf = (path: string): 'rpmdb' | 'evidence' => (RPMDB_NAME.test(path) ? 'rpmdb' : 'evidence');

/** Has the name of evidence, whatever its size: that of a hard link is its target's. */
const isNamed = (path: string): boolean => RPMDB_NAME.test(path) || collectorsOf(path, 1).length > 0;

function append(evidence: Evidence, collector: Collector, path: string, content: Buffer): void {
  // Each collector's result has the type of its own sort; the table of collectors only knows the union of all.
  const list: unknown[] = evidence[collector.sort];
  list.push(...collector.read(path, content));
}
