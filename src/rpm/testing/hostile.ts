/** For tests and the fuzz bench: good inputs that are then changed, and readers that leave nothing of an input unread. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { looksLikeRpmdb, packagedFiles, readRpmdb, rpmdbReport } from '../index.ts';
import type { RpmKeyring, RpmPackage } from '../types.ts';
import { insertPackages, PACKAGES_TABLE, withSqlite } from './forge-database.ts';
import { forgeHeader, signedHeader } from './forge-header.ts';
import { forgeSignature } from './forge-openpgp.ts';

/** A database whose packages are all in a write-ahead log that was never checkpointed. */
export function forgeLogged(blobs: readonly Buffer[]): { readonly main: Buffer; readonly log: Buffer } {
  return withSqlite((sqlite, file) => {
    sqlite.exec(`PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${PACKAGES_TABLE}`);
    insertPackages(sqlite, blobs);
    return { main: readFileSync(file), log: readFileSync(`${file}-wal`) };
  });
}

/** A package file (RPM format 4: lead, signatures, header, payload) whose header `key` signed. */
export function forgePackageFile(
  build: Parameters<typeof signedHeader>[0],
  key: Parameters<typeof forgeSignature>[0],
): Buffer {
  const lead = Buffer.alloc(96);
  lead.write('edabeedb0300', 'hex');
  const signed = signedHeader(build);
  const signatures = forgeHeader(new Map([[268, forgeSignature(key, [signed])]]), new Map(), 62);
  const padding = Buffer.alloc(-signatures.length & 7);
  return Buffer.concat([
    lead,
    Buffer.from('8eade80100000000', 'hex'),
    signatures,
    padding,
    signed,
    Buffer.from('payload'),
  ]);
}

/** Reads all of a database, as the audit does; `files` is asked for the files of each package. */
export function readWhole(
  keyring: RpmKeyring,
  main: Buffer,
  log: Buffer | undefined,
  files: (read: () => unknown) => unknown,
): readonly RpmPackage[] {
  looksLikeRpmdb(main, log);
  const database = readRpmdb(main, log);
  assert.ok(database.packages.length + database.keys.length > 0, 'an empty list instead of an error');
  rpmdbReport(database, keyring);
  for (const pkg of database.packages) files(() => packagedFiles(pkg.header));
  return database.packages;
}
