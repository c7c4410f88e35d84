/** For tests and the benchmark: packages, keys and databases as rpm writes them, made without rpm. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMessage, generateKey, type PrivateKey, sign } from 'openpgp';

export interface TestKey {
  readonly privateKey: PrivateKey;
  readonly publicKey: Uint8Array;
  /** 16 hex digits. */
  readonly keyId: string;
  readonly fingerprint: string;
}

/** A new RSA key with a certificate in OpenPGP form. */
export async function makeKey(name: string): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKey({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name, email: 'packages@example.test' }],
    date: new Date('2024-01-01T00:00:00Z'),
    format: 'object',
  });
  const fingerprint = publicKey.getFingerprint();
  return { privateKey, publicKey: publicKey.write(), keyId: fingerprint.slice(-16), fingerprint };
}

export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  readonly release?: string;
  readonly vendor?: string;
  readonly buildHost?: string;
  readonly license?: string;
  readonly signer?: TestKey;
  /** Unix seconds of the transaction that installed it. */
  readonly installTid?: number;
  /** Changes bytes of the signed header after signing. */
  readonly tamper?: (blob: Buffer) => void;
  readonly description?: string;
}

interface Tag {
  readonly tag: number;
  readonly type: 4 | 6 | 7 | 9;
  readonly value: string | number | Uint8Array;
}

const STRING = 6;
const INT32 = 4;
const BINARY = 7;
const I18N = 9;

function encode(value: Tag['value']): Buffer {
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  if (typeof value !== 'number') return Buffer.from(value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Index and data of tags; `data` continues at `from`. */
function layOut(tags: readonly Tag[], from: number): { index: Buffer; data: Buffer } {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = from;
  for (const { tag, type, value } of tags) {
    const bytes = encode(value);
    const gap = type === INT32 ? (4 - (offset % 4)) % 4 : 0;
    offset += gap;
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(tag, 0);
    entry.writeUInt32BE(type, 4);
    entry.writeUInt32BE(offset, 8);
    entry.writeUInt32BE(type === BINARY ? bytes.length : 1, 12);
    index.push(entry);
    data.push(Buffer.alloc(gap), bytes);
    offset += bytes.length;
  }
  return { index: Buffer.concat(index), data: Buffer.concat(data) };
}

function regionEntry(offset: number): Buffer {
  const entry = Buffer.alloc(16);
  entry.writeUInt32BE(63, 0);
  entry.writeUInt32BE(BINARY, 4);
  entry.writeInt32BE(offset, 8);
  entry.writeUInt32BE(16, 12);
  return entry;
}

const pair = (first: number, second: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(second, 4);
  return bytes;
};

/** A header as the database stores it: signed region, then what installing adds (digest, signature, transaction). */
export async function makeHeader(pkg: TestPackage): Promise<Buffer> {
  const { name, version = '1.0', release = '1.el9', signer } = pkg;
  const built: Tag[] = [
    { tag: 1000, type: STRING, value: name },
    { tag: 1001, type: STRING, value: version },
    { tag: 1002, type: STRING, value: release },
    { tag: 1004, type: I18N, value: `Summary of ${name}` },
    { tag: 1005, type: I18N, value: pkg.description ?? '' },
    { tag: 1006, type: INT32, value: 1_700_000_000 },
    ...(pkg.buildHost === undefined ? [] : [{ tag: 1007, type: STRING, value: pkg.buildHost } as const]),
    ...(pkg.vendor === undefined ? [] : [{ tag: 1011, type: STRING, value: pkg.vendor } as const]),
    { tag: 1014, type: STRING, value: pkg.license ?? 'GPLv2+' },
    { tag: 1021, type: STRING, value: 'linux' },
    { tag: 1022, type: STRING, value: 'x86_64' },
    { tag: 1044, type: STRING, value: `${name}-${version}-${release}.src.rpm` },
  ];
  const { index, data } = layOut(built, 0);
  const entries = built.length + 1;
  const region = Buffer.concat([
    pair(entries, data.length + 16),
    regionEntry(data.length),
    index,
    data,
    regionEntry(-entries * 16),
  ]);
  const signed = Buffer.concat([Buffer.from('8eade80100000000', 'hex'), region]);
  const installed: Tag[] = [
    ...(signer ? [{ tag: 268, type: BINARY, value: await detached(signed, signer) } as const] : []),
    { tag: 273, type: STRING, value: createHash('sha256').update(signed).digest('hex') },
    { tag: 1128, type: INT32, value: pkg.installTid ?? 1_710_000_000 },
  ];
  const added = layOut(installed, data.length + 16);
  const blob = Buffer.concat([
    pair(entries + installed.length, data.length + 16 + added.data.length),
    region.subarray(8, 8 + entries * 16),
    added.index,
    region.subarray(8 + entries * 16),
    added.data,
  ]);
  pkg.tamper?.(blob);
  return blob;
}

async function detached(data: Uint8Array, signer: TestKey): Promise<Uint8Array> {
  return await sign({
    message: await createMessage({ binary: data }),
    signingKeys: signer.privateKey,
    detached: true,
    format: 'binary',
    date: new Date('2024-02-01T00:00:00Z'),
  });
}

/** Replaces text in a header by other text of the same length, as a forger would. */
export function replacing(from: string, to: string): (blob: Buffer) => void {
  return (blob) => {
    const at = blob.indexOf(from);
    if (at < 0 || from.length !== to.length) throw new Error(`"${from}" can not be replaced by "${to}"`);
    blob.write(to, at);
  };
}

export interface TestRpmdb {
  readonly main: Buffer;
  /** Write-ahead log with `logged`, when there are such packages. */
  readonly log: Buffer | undefined;
}

/** A SQLite database as rpm 4.16 and later keeps it; `logged` packages are only in the write-ahead log. */
export function makeRpmdb(headers: readonly Uint8Array[], logged: readonly Uint8Array[] = []): TestRpmdb {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-rpmdb-'));
  try {
    const file = join(folder, 'rpmdb.sqlite');
    const db = new DatabaseSync(file);
    if (logged.length > 0) db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;');
    db.exec('CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)');
    db.exec('CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)');
    const insert = db.prepare('INSERT INTO Packages (blob) VALUES (?)');
    db.exec('BEGIN');
    for (const header of headers) insert.run(header);
    db.exec('COMMIT');
    if (logged.length > 0) {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      for (const header of logged) insert.run(header);
    }
    const main = readFileSync(file);
    const log = logged.length > 0 ? readFileSync(`${file}-wal`) : undefined;
    db.close();
    return { main, log };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
