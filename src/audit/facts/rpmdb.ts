import { type RpmDatabase, type RpmKeyring, type RpmPackage, readRpmdb, verifyPackage } from '../../rpm/index.ts';
import { sha256Hex } from '../../util/index.ts';
import type { PackageFacts, RpmdbFacts } from './model.ts';

/** What identifies a keyring: facts judged with another one are made anew. Order of keys does not matter. */
export function keyringDigest(keyring: RpmKeyring): string {
  const keys = keyring.certificates
    .flatMap(({ primary, subkeys }) => [primary, ...subkeys])
    .map((key) => [key.fingerprint, key.primaryFingerprint, key.bound, key.maySign, key.expires, key.revoked])
    .map((key) => JSON.stringify(key));
  return `sha256:${sha256Hex([...new Set(keys)].sort().join('\n'))}`;
}

/** Most distinct packages that are remembered; a payload has about 4,000. */
const REMEMBERED = 50_000;

/**
 * Turns packages into facts, each distinct header once: a payload repeats the same package in every image, and
 * checking a signature costs more than all the rest. Equal packages become one object, which keeps memory small.
 */
export class PackageReader {
  readonly #keyring: RpmKeyring;
  readonly #known = new Map<string, PackageFacts>();

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

  #facts(pkg: RpmPackage): PackageFacts {
    const { signature, by } = verifyPackage(pkg, this.#keyring);
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
      unsignedClaims: [...pkg.header.unsignedClaims],
      header: pkg.headerSha256,
    };
  }
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

/**
 * Reads one copy of a database with the write-ahead log beside it. Throws what `readRpmdb` throws: the caller records
 * a gap.
 */
export function rpmdbFacts(
  path: string,
  links: readonly string[],
  main: Uint8Array,
  log: Uint8Array | undefined,
  reader: PackageReader,
): RpmdbFacts {
  const database = readRpmdb(main, log);
  const alone = log === undefined ? database : readWithoutLog(main);
  return {
    path,
    links: [...links].sort(),
    format: database.format,
    sha256: sha256Hex(main),
    packages: database.packages.map((pkg) => reader.read(pkg)),
    keys: database.keys.map((key) => key.nevra),
    logChanges: alone === database ? [] : changes(alone ?? { ...database, packages: [] }, database),
  };
}
