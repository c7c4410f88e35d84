import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parseStatement, statementBytes } from '../../src/audit/attest/statement.ts';
import { COLLECTORS } from '../../src/audit/evidence/index.ts';
import { auditImage } from '../../src/audit/index.ts';
import { MemorySource, type TestLayer } from '../../src/audit/testing/image.ts';
import { type Digest, digestOf, MEDIA, writeTar } from '../../src/oci/index.ts';
import { parseIndex, parseManifest } from '../../src/oci/manifest.ts';
import {
  looksLikeRpmdb,
  packagedFiles,
  parseKeyring,
  readHeader,
  readRpmdb,
  readRpmFile,
  rpmdbReport,
  verifyPackage,
} from '../../src/rpm/index.ts';
import { installedPackage } from '../../src/rpm/package.ts';
import {
  forgeBdb,
  forgeNdb,
  forgeSqlite,
  insertPackages,
  PACKAGES_TABLE,
  withSqlite,
} from '../../src/rpm/testing/forge-database.ts';
import { forgedBuild, forgeHeader, forgeInstalled, signedHeader } from '../../src/rpm/testing/forge-header.ts';
import { forgeCertificate, forgeKey, forgeSignature } from '../../src/rpm/testing/forge-openpgp.ts';
import { signEnvelope, verifyEnvelope } from '../../src/sign/index.ts';
import { SlipwayError } from '../../src/util/index.ts';

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

function database(main: Buffer, log?: Buffer): string {
  return survives(() => {
    looksLikeRpmdb(main, log);
    const found = readRpmdb(main, log);
    assert.ok(found.packages.length + found.keys.length > 0, 'an empty list instead of an error');
    rpmdbReport(found, KEYRING);
    for (const pkg of found.packages) survives(() => packagedFiles(pkg.header));
  });
}

const { main: LOG_MAIN, log: LOG } = withSqlite((sqlite, file) => {
  sqlite.exec(`PRAGMA page_size = 512; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${PACKAGES_TABLE}`);
  insertPackages(sqlite, BLOBS);
  return { main: readFileSync(file), log: readFileSync(`${file}-wal`) };
});

const LEAD = Buffer.alloc(96);
LEAD.write('edabeedb0300', 'hex');
const BUILT = signedHeader(forgedBuild('target'));
const SIGNATURES = forgeHeader(new Map([[268, forgeSignature(key, [BUILT])]]), new Map(), 62);
const PACKAGE_FILE = Buffer.concat([
  LEAD,
  Buffer.from('8eade80100000000', 'hex'),
  SIGNATURES,
  Buffer.alloc(-SIGNATURES.length & 7),
  BUILT,
  Buffer.from('payload'),
]);

/** dnf 4's history with one transaction (tables of libdnf's swdb). */
const DNF_HISTORY = withSqlite((sqlite, file) => {
  sqlite.exec(`
    CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, releasever TEXT, cmdline TEXT, state INTEGER, user_id INTEGER, rpmdb_version_begin TEXT, rpmdb_version_end TEXT, comment TEXT);
    CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT);
    CREATE TABLE item (id INTEGER PRIMARY KEY, item_type INTEGER);
    CREATE TABLE rpm (item_id INTEGER PRIMARY KEY, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT);
    CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER, state INTEGER);
    INSERT INTO trans VALUES (1, 1700000000, 1700000010, '9', 'install -y target', 1, 0, '', '', '');
    INSERT INTO repo VALUES (1, 'c9s-baseos');
    INSERT INTO item VALUES (1, 0);
    INSERT INTO rpm VALUES (1, 'target', 1, '1.2', '3.el9', 'x86_64');
    INSERT INTO trans_item VALUES (1, 1, 1, 1, 1, 1, 1);`);
  return readFileSync(file);
});

/** A certificate is not needed to be a good one: what is looked for is in its frame. */
const PEM = `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(300, 0x30).toString('base64')}\n-----END CERTIFICATE-----\n`;

/** Files of every sort of evidence, under the names that collectors ask for. */
const EVIDENCE: readonly (readonly [path: string, content: Buffer])[] = (
  [
    ['etc/os-release', 'NAME="CentOS Stream"\nVERSION_ID="9"\nID="centos"\nCPE_NAME="cpe:/o:centos:centos:9"\n'],
    [
      'etc/yum.repos.d/centos.repo',
      '[baseos]\nname=BaseOS\nbaseurl=https://mirror.test/9/\n  https://b.test/\nenabled=1\ngpgcheck=0\n',
    ],
    [
      'root/buildinfo/content_manifests/a.json',
      '{"metadata":{"icm_version":1,"image_layer_index":3},"content_sets":["c9s-baseos"]}',
    ],
    ['root/buildinfo/Dockerfile-base-1', 'FROM centos\nLABEL a="b" \\\n  c=d\nRUN dnf install -y x\n'],
    ['root/buildinfo/labels.json', '{"name":"a","architecture":"x86_64"}'],
    ['usr/share/openshift/base/meta.json', '{"rpmdb.pkglist":[["a","0","1","1","x86_64"]]}'],
    ['etc/pki/entitlement/1.pem', PEM],
    ['etc/pki/product/69.pem', PEM],
    ['var/lib/dnf/history.sqlite', DNF_HISTORY],
    ['run/secrets/rhsm/rhsm.conf', '[server]\nhostname = subscription.test\n'],
  ] as const
).map(([path, content]) => [path, Buffer.from(content)] as const);

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
    return facts.layers.some((each) => each.facts.gaps.length > 0) ? 'gaps' : 'ok';
  } catch (error) {
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
