import {
  parseKeyring,
  type RpmDatabase,
  type RpmKeyring,
  type RpmPackage,
  readRpmdb,
  verifyPackage,
} from '../../../rpm/index.ts';
import { SlipwayError, sha256Hex } from '../../../util/index.ts';
import { type PackageFiles, packageFilesOf } from '../../deep/index.ts';
import type { ImportedKey, PackageFacts, RpmdbFacts } from '../../model/index.ts';

/** What identifies a keyring: facts judged with another one are made anew. Order of keys does not matter. */
export function keyringDigest(keyring: RpmKeyring): string {
  const keys = keyring.certificates
    .flatMap(({ primary, subkeys }) => [primary, ...subkeys])
    .map((key) => [key.fingerprint, key.primaryFingerprint, key.bound, key.maySign, key.expires, key.revoked])
    .map((key) => JSON.stringify(key));
  return `sha256:${sha256Hex([...new Set(keys)].sort().join('\n'))}`;
}

/** RPMTAG_DESCRIPTION: rpm keeps an imported key there, in its armor. */
const DESCRIPTION = 1005;

/** Most distinct packages that are remembered; a payload has about 4,000. */
const REMEMBERED = 50_000;

/**
 * Turns packages into facts, each distinct header once: a payload repeats the same package in every image, and
 * checking a signature costs more than all the rest. Equal packages become one object, which keeps memory small.
 */
export class PackageReader {
  readonly #keyring: RpmKeyring;
  readonly #known = new Map<string, PackageFacts>();
  readonly #keys = new Map<string, ImportedKey>();

  constructor(keyring: RpmKeyring) {
    this.#keyring = keyring;
  }

  read(pkg: RpmPackage): PackageFacts {
    const key = sha256Hex(pkg.header.blob);
    const known = this.#known.get(key);
    if (known) return known;
    const facts = this.#facts(pkg);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(key, facts);
    return facts;
  }

  /** An imported key; the same ones are in every database. */
  readKey(row: RpmPackage): ImportedKey {
    const known = this.#keys.get(row.headerSha256) ?? importedKey(row);
    if (this.#keys.size < REMEMBERED) this.#keys.set(row.headerSha256, known);
    return known;
  }

  #facts(pkg: RpmPackage): PackageFacts {
    const { signature, by, checks } = verifyPackage(pkg, this.#keyring);
    return {
      name: pkg.name,
      epoch: pkg.epoch,
      version: pkg.version,
      release: pkg.release,
      arch: pkg.arch,
      nevra: pkg.nevra,
      vendor: pkg.vendor,
      packager: pkg.packager,
      buildHost: pkg.buildHost,
      buildTime: pkg.buildTime,
      sourceRpm: pkg.sourceRpm,
      license: pkg.license,
      installTid: pkg.installTid,
      keyIds: [...pkg.keyIds],
      headerDigest: pkg.headerDigest,
      signature,
      signedBy: by ? { keyId: by.keyId, fingerprint: by.fingerprint } : null,
      signatures: checks.map(({ tag, result, keyId, fingerprint, algorithm, reason }) => ({
        tag,
        result,
        keyId,
        fingerprint,
        algorithm,
        reason,
      })),
      unsignedClaims: [...pkg.header.unsignedClaims],
      header: pkg.headerSha256,
    };
  }
}

/** The certificate in the text of a `gpg-pubkey` row; the row's own version is no more than the low half of an id. */
function importedKey(row: RpmPackage): ImportedKey {
  const text = row.header.string(DESCRIPTION) ?? '';
  let fingerprint: string | null = null;
  try {
    fingerprint = parseKeyring([Buffer.from(text)]).certificates[0]?.primary.fingerprint ?? null;
  } catch (error) {
    // A hint that can't be read stays a hint: the row itself is the fact.
    if (!(error instanceof SlipwayError)) throw error;
  }
  return { nevra: row.nevra, owner: row.summary, fingerprint };
}

/** Packages that only one of two readings of a database has. */
function changes(without: RpmDatabase, withLog: RpmDatabase): string[] {
  const before = new Map(without.packages.map((pkg) => [pkg.headerSha256, pkg.nevra]));
  const after = new Map(withLog.packages.map((pkg) => [pkg.headerSha256, pkg.nevra]));
  return [
    ...[...after].filter(([header]) => !before.has(header)).map(([, nevra]) => `+${nevra}`),
    ...[...before].filter(([header]) => !after.has(header)).map(([, nevra]) => `-${nevra}`),
  ].sort();
}

/** Main file alone, as most scanners read it; undefined when it can not be read without its log. */
function readWithoutLog(main: Uint8Array): RpmDatabase | undefined {
  try {
    return readRpmdb(main);
  } catch {
    // The log is what completes the file: all its packages are then the log's.
    return undefined;
  }
}

/** One copy of a database as a layer has it, with the files beside it. */
export interface RpmdbCopy {
  readonly path: string;
  readonly links: readonly string[];
  /** Whether the path, or a link, is one where rpm itself looks. */
  readonly named: boolean;
  readonly main: Uint8Array;
  /** Content of the write-ahead log. */
  readonly log: Uint8Array | undefined;
  /** Path of a rollback journal that was left to be played back. */
  readonly journal: string | undefined;
}

/**
 * Reads one copy of a database with the write-ahead log beside it. Throws what `readRpmdb` throws: the caller records
 * a gap. Where `files` is given, the lists of files that the packages signed are put there by header.
 */
export function rpmdbFacts(copy: RpmdbCopy, reader: PackageReader, files?: Map<string, PackageFiles>): RpmdbFacts {
  const { main, log } = copy;
  const database = readRpmdb(main, log);
  if (files !== undefined) {
    for (const pkg of database.packages) {
      if (!files.has(pkg.headerSha256)) files.set(pkg.headerSha256, packageFilesOf(pkg));
    }
  }
  const alone = log === undefined ? database : readWithoutLog(main);
  return {
    path: copy.path,
    links: [...copy.links].sort(),
    named: copy.named,
    format: database.format,
    sha256: sha256Hex(main),
    packages: database.packages.map((pkg) => reader.read(pkg)),
    keys: database.keys.map((row) => reader.readKey(row)),
    logChanges: alone === database ? [] : changes(alone ?? { ...database, packages: [] }, database),
    journal: copy.journal ?? null,
  };
}
