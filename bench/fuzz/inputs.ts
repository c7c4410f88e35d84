/** Good files of every sort of evidence, which the targets change. */
import { readFileSync } from 'node:fs';
import { BINARY_START } from '../../src/audit/evidence/index.ts';
import { elfWith, goProgram } from '../../src/audit/testing/elf.ts';
import { withSqlite } from '../../src/rpm/testing/forge-database.ts';

/** dnf 4's history with one transaction (tables of libdnf's swdb). */
export const DNF4_HISTORY = withSqlite((sqlite, file) => {
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

/** dnf 5's history with one transaction: its enumerations and names are tables (libdnf5, db_upgrade). */
export const DNF5_HISTORY = withSqlite((sqlite, file) => {
  sqlite.exec(`
    CREATE TABLE trans (id INTEGER PRIMARY KEY, dt_begin INTEGER, dt_end INTEGER, releasever TEXT, description TEXT, comment TEXT, user_id INTEGER, state_id INTEGER);
    CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT);
    CREATE TABLE item (id INTEGER PRIMARY KEY);
    CREATE TABLE pkg_name (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE arch (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE rpm (item_id INTEGER, name_id INTEGER, epoch INTEGER, version TEXT, release TEXT, arch_id INTEGER);
    CREATE TABLE trans_item_action (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE trans_item_reason (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE trans_item_state (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action_id INTEGER, reason_id INTEGER, state_id INTEGER);
    INSERT INTO trans VALUES (1, 1700000000, 1700000010, '10', 'dnf5 install -y target', '', 0, 2);
    INSERT INTO repo VALUES (1, 'c10s-baseos');
    INSERT INTO item VALUES (1);
    INSERT INTO pkg_name VALUES (1, 'target');
    INSERT INTO arch VALUES (1, 'x86_64');
    INSERT INTO rpm VALUES (1, 1, 1, '1.2', '3.el10', 1);
    INSERT INTO trans_item_action VALUES (1, 'Install');
    INSERT INTO trans_item_reason VALUES (1, 'User');
    INSERT INTO trans_item_state VALUES (2, 'Ok');
    INSERT INTO trans_item VALUES (1, 1, 1, 1, 1, 1, 2);`);
  return readFileSync(file);
});

const NOTE =
  '{"type":"rpm","name":"target","version":"1.2-3.el9","architecture":"x86_64","osCpe":"cpe:/o:centos:centos:9"}';

/** Programs with the note of a packager, in every class and byte order of ELF. */
export const ELF_PROGRAMS: readonly Buffer[] = [
  elfWith({ note: NOTE }),
  elfWith({ note: NOTE, little: false }),
  elfWith({ note: NOTE, wide: false }),
  elfWith({ note: NOTE, wide: false, little: false }),
  // beyond what is read of every program: found while the content streams
  elfWith({ note: NOTE, noteOffset: 2 * BINARY_START }),
];

const LINES = [
  'path\tgithub.com/okd-project/target',
  'mod\tgithub.com/okd-project/target\t(devel)\t',
  'dep\tgolang.org/x/net\tv0.30.0\th1:x=',
  'dep\tk8s.io/api\tv0.34.1',
  '=>\tgithub.com/openshift/api\tv0.0.1\th1:y=',
];

/** Go programs with build information: at the start of their data, and far into it behind what looks like it. */
export const GO_PROGRAMS: readonly Buffer[] = [
  goProgram({ version: 'go1.24.4', lines: LINES }),
  goProgram({ version: 'go1.23.9 (Red Hat 1.23.9-1.el9_6)', lines: LINES }, { at: 4096, decoy: true }),
];

/** A certificate is not needed to be a good one: what is looked for is in its frame. */
const PEM = `-----BEGIN CERTIFICATE-----\n${Buffer.alloc(300, 0x30).toString('base64')}\n-----END CERTIFICATE-----\n`;

/** Files of every sort of evidence, under the names that collectors ask for. */
export const EVIDENCE: readonly (readonly [path: string, content: Buffer])[] = (
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
    ['run/secrets/rhsm/rhsm.conf', '[server]\nhostname = subscription.test\n'],
  ] as const
).map(([path, content]) => [path, Buffer.from(content)] as const);
