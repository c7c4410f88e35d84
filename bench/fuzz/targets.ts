import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { parseStatement, statementBytes } from '../../src/audit/attest/statement.ts';
import { BINARY_START, BinaryScan, COLLECTORS, readDnfHistory } from '../../src/audit/evidence/index.ts';
import { auditImage } from '../../src/audit/index.ts';
import { MemorySource, type TestLayer } from '../../src/audit/testing/image.ts';
import { parseIndex, parseManifest } from '../../src/oci/format/manifest.ts';
import { type Digest, digestOf, MEDIA, writeTar } from '../../src/oci/index.ts';
import { packagedFiles, parseKeyring, readHeader, readRpmFile, verifyPackage } from '../../src/rpm/index.ts';
import { installedPackage } from '../../src/rpm/package.ts';
import { forgeBdb, forgeNdb, forgeSqlite } from '../../src/rpm/testing/forge-database.ts';
import { forgedBuild, forgeInstalled } from '../../src/rpm/testing/forge-header.ts';
import { forgeCertificate, forgeKey } from '../../src/rpm/testing/forge-openpgp.ts';
import { forgeLogged, forgePackageFile, readWhole } from '../../src/rpm/testing/hostile.ts';
import { signEnvelope, verifyEnvelope } from '../../src/sign/index.ts';
import { SlipwayError } from '../../src/util/index.ts';
import { DNF4_HISTORY, DNF5_HISTORY, ELF_PROGRAMS, EVIDENCE, GO_PROGRAMS } from './inputs.ts';

/** One reader of data from outside, with good inputs that are changed. */
export interface Target {
  readonly name: string;
  /** Share of all inputs. */
  readonly weight: number;
  readonly bases: readonly Buffer[];
  /**
   * Reads one input. Gives what came of it: `ok` or the code of the error. Throws when something came of it that must
   * not: another error than ours, or a promise that does not hold any more.
   */
  read(input: Buffer, base: number): string | Promise<string>;
}

/** Odd, so that whatever is looked for is cut somewhere. */
const PIECE = 1021;

const key = forgeKey('ed25519Fixed');
const CERTIFICATE = forgeCertificate(key);
const KEYRING = parseKeyring([CERTIFICATE]);
const HEADER = forgeInstalled(forgedBuild('target'), [key]);
const BLOBS = [HEADER, ...['a', 'b', 'c'].map((name) => forgeInstalled(forgedBuild(name), [key]))];

/** Only our own errors may come out, whatever went in. */
function outcome(error: unknown): string {
  if (error instanceof SlipwayError) return error.code;
  throw error;
}

function survives(read: () => unknown): string {
  try {
    read();
    return 'ok';
  } catch (error) {
    return outcome(error);
  }
}

/** The signed headers that exist: nothing else may ever verify. */
const SIGNED: ReadonlySet<string> = new Set(
  BLOBS.map((blob) => installedPackage(readHeader(blob), 'base').headerSha256),
);

function checked(pkg: ReturnType<typeof installedPackage>): void {
  if (verifyPackage(pkg, KEYRING).signature !== 'ok') return;
  assert.ok(SIGNED.has(pkg.headerSha256), 'a changed header verifies');
  assert.deepEqual(pkg.header.unsignedClaims, [], 'a verified header has claims that nobody signed');
}

const database = (main: Buffer, log?: Buffer): string => survives(() => readWhole(KEYRING, main, log, survives));

const { main: LOG_MAIN, log: LOG } = forgeLogged(BLOBS);
const PACKAGE_FILE = forgePackageFile(forgedBuild('target'), key);

/** What a layer is made of: every sort of evidence, databases, links, deletions. */
const ARCHIVE = writeTar([
  ...EVIDENCE.map(([path, content]) => ({ path, type: 'file' as const, mode: 0o644, mtime: 0, content })),
  {
    path: 'var/lib/rpm/rpmdb.sqlite',
    type: 'file',
    mode: 0o644,
    mtime: 0,
    content: forgeSqlite(BLOBS.slice(0, 2), 512),
  },
  { path: 'usr/share/rpm/rpmdb.sqlite', type: 'hardlink', mode: 0o644, mtime: 0, linkname: 'var/lib/rpm/rpmdb.sqlite' },
  {
    path: 'usr/lib/sysimage/rpm/Packages.db',
    type: 'file',
    mode: 0o644,
    mtime: 0,
    content: forgeNdb(BLOBS.slice(0, 2)),
  },
  { path: 'var/lib/dnf/history.sqlite', type: 'file', mode: 0o644, mtime: 0, content: DNF4_HISTORY },
  {
    path: 'usr/lib/sysimage/libdnf5/transaction_history.sqlite',
    type: 'file',
    mode: 0o644,
    mtime: 0,
    content: DNF5_HISTORY,
  },
  ...[...ELF_PROGRAMS.slice(0, 2), ...GO_PROGRAMS.slice(0, 1)].map((content, index) => ({
    path: `usr/bin/program-${index}`,
    type: 'file' as const,
    mode: 0o755,
    mtime: 0,
    content,
  })),
  { path: 'var/cache/.wh.old', type: 'file', mode: 0o644, mtime: 0 },
  { path: `${'long/'.repeat(40)}name`, type: 'file', mode: 0o644, mtime: 0, content: Buffer.from('long') },
]);

/** The whole way of a layer, from the registry to facts. */
async function audited(bytes: Buffer, diffId: Digest): Promise<string> {
  const source = new MemorySource();
  const layer: TestLayer = { bytes, digest: digestOf(bytes), diffId, size: bytes.length, createdBy: 'RUN make' };
  try {
    const facts = await auditImage(source, source.add([layer]), { name: 'fuzzed', keyring: KEYRING });
    for (const { packages } of facts.layers.flatMap((each) => each.facts.rpmdbs)) {
      for (const { signature, header } of packages)
        assert.ok(signature !== 'ok' || SIGNED.has(header), 'a changed header verifies');
    }
    const gaps = facts.layers.flatMap((each) => each.facts.gaps);
    // Why the layer as a whole could not be read, or that something in it could not.
    return gaps.find(({ kind }) => kind === 'layer')?.code ?? (gaps.length > 0 ? 'gaps' : 'ok');
  } catch (error) {
    return outcome(error);
  }
}

/** A program as a layer's reader takes it: its start, then its content in pieces. A bad note is a gap, whatever it throws. */
function program(input: Buffer): string {
  const scan = BinaryScan.of('usr/bin/program', input.length, input.subarray(0, BINARY_START));
  if (scan === undefined) return 'not ELF';
  if (scan.streams) for (let at = 0; at < input.length; at += PIECE) scan.take(input.subarray(at, at + PIECE));
  try {
    return scan.facts() === undefined ? 'says nothing' : 'ok';
  } catch (error) {
    if (error instanceof SyntaxError) return 'gap';
    return outcome(error);
  }
}

const PRIVATE = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 9)]),
  format: 'der',
  type: 'pkcs8',
});
const PUBLIC = createPublicKey(PRIVATE);
const STATEMENT = statementBytes([{ name: 'x', digest: digestOf('x') }], 'https://slsa.dev/verification_summary/v1', {
  verificationResult: 'PASSED',
});
const ENVELOPE = Buffer.from(JSON.stringify(signEnvelope('application/vnd.in-toto+json', STATEMENT, [PRIVATE])));

/** Text that is JSON or not: what is not is refused before our readers see it. */
function json(input: Buffer, read: (value: unknown) => unknown): string {
  let value: unknown;
  try {
    value = JSON.parse(input.toString('utf8'));
  } catch {
    return 'not JSON';
  }
  return survives(() => read(value));
}

const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: { mediaType: MEDIA.ociConfig, digest: digestOf('c'), size: 1 },
    layers: [{ mediaType: MEDIA.ociLayerGzip, digest: digestOf('l'), size: 1, annotations: { a: 'b' } }],
    subject: { mediaType: MEDIA.ociManifest, digest: digestOf('s'), size: 1 },
  }),
);

/** Every reader of data from outside. Adding one touches this table alone. */
export const TARGETS: readonly Target[] = [
  {
    name: 'rpmdb-sqlite',
    weight: 4,
    bases: [forgeSqlite(BLOBS, 512), forgeSqlite(BLOBS)],
    read: (input) => database(input),
  },
  {
    name: 'rpmdb-log',
    weight: 3,
    bases: [LOG],
    read: (input) => database(LOG_MAIN, input),
  },
  {
    name: 'rpmdb-berkeley',
    weight: 3,
    bases: [forgeBdb(BLOBS, { pageSize: 512 }), forgeBdb(BLOBS, { pageSize: 512, bigEndian: true })],
    read: (input) => database(input),
  },
  { name: 'rpmdb-ndb', weight: 2, bases: [forgeNdb(BLOBS)], read: (input) => database(input) },
  {
    name: 'header',
    weight: 6,
    bases: [HEADER],
    read: (input) => survives(() => checked(installedPackage(readHeader(input), 'input'))),
  },
  { name: 'keyring', weight: 2, bases: [CERTIFICATE], read: (input) => survives(() => parseKeyring([input])) },
  {
    name: 'package-file',
    weight: 2,
    bases: [PACKAGE_FILE],
    read: (input) =>
      survives(() => {
        const { package: pkg, header } = readRpmFile(input);
        checked(pkg);
        packagedFiles(header);
      }),
  },
  {
    name: 'evidence',
    weight: 5,
    bases: EVIDENCE.map(([, content]) => content),
    // A collector may throw anything; the layer's reader makes a gap of it. It must not hang or fill the memory.
    read: (input, base) => {
      const path = EVIDENCE[base]?.[0] ?? '';
      const collector = COLLECTORS.find((each) => each.wants(path, input.length));
      if (!collector || input.length > collector.limit) return 'not wanted';
      try {
        collector.read(path, input);
        return 'ok';
      } catch (error) {
        assert.ok(!(error instanceof RangeError && /call stack/.test(error.message)), 'nested without end');
        return 'gap';
      }
    },
  },
  {
    name: 'dnf-history',
    weight: 3,
    bases: [DNF4_HISTORY, DNF5_HISTORY],
    read: (input) => survives(() => readDnfHistory(input, undefined)),
  },
  { name: 'elf', weight: 2, bases: ELF_PROGRAMS, read: program },
  { name: 'go-build', weight: 2, bases: GO_PROGRAMS, read: program },
  {
    name: 'layer-tar',
    weight: 3,
    bases: [ARCHIVE],
    read: (input) => audited(gzipSync(input, { level: 1 }), digestOf(input)),
  },
  { name: 'layer-gzip', weight: 2, bases: [gzipSync(ARCHIVE)], read: (input) => audited(input, digestOf(ARCHIVE)) },
  {
    name: 'envelope',
    weight: 2,
    bases: [ENVELOPE],
    read: (input) =>
      json(input, (value) => {
        const { payload } = verifyEnvelope(value, [PUBLIC]);
        assert.deepEqual(Buffer.from(payload), STATEMENT, 'a changed statement verifies');
      }),
  },
  { name: 'statement', weight: 1, bases: [STATEMENT], read: (input) => json(input, (value) => parseStatement(value)) },
  {
    name: 'manifest',
    weight: 1,
    bases: [MANIFEST],
    read: (input) => survives(() => (input.length % 2 === 0 ? parseManifest : parseIndex)(input, { image: 'fuzzed' })),
  },
];
