// Rules on evidence beside packages: each fires for what it is for and is silent for what looks like it.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { judge } from '../../judge/judge.ts';
import { factsOf, RPMDB, rpmdbFiles, type TestKeys, testKeys } from '../../testing/audit.ts';
import { elfWith, goProgram } from '../../testing/elf.ts';
import { MemorySource, makeLayer, type TestFiles } from '../../testing/image.ts';
import { makePolicy } from '../../testing/policy.ts';
import { makeHeader, makeRpmdb, type TestPackage } from '../../testing/rpm.ts';
import { restrictedModules } from '../packages/licenses.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const BASH = { name: 'bash', vendor: 'Open Test Project', release: '1.el9' } as const;

let keys: TestKeys;
before(async () => {
  keys = await testKeys();
});

/** Rules that fire for an image of one layer with a good package and these files: id ► subjects. */
async function fired(files: TestFiles, pkg: Partial<TestPackage> = {}, more = ''): Promise<Record<string, string[]>> {
  const packages = await rpmdbFiles([{ ...BASH, signer: keys.open, ...pkg }]);
  const facts = await factsOf(new MemorySource(), { a: [makeLayer({ ...packages, ...files })] });
  const { findings } = judge(facts, makePolicy(keys.open, keys.denied, more), { at: AT });
  return Object.fromEntries(findings.map(({ rule, subjects }) => [rule, subjects.map(({ label }) => label)]));
}

const note = (name: string, version: string, osCpe: string): Buffer =>
  elfWith({ note: JSON.stringify({ type: 'rpm', name, version, architecture: 'x86_64', osCpe }) });
const RHEL = 'cpe:/o:redhat:enterprise_linux:10';

describe('BIN-002: programs of packages that the image does not have', () => {
  it('fires for a program of RHEL without its package', async () => {
    assert.deepEqual(await fired({ 'opt/tool': note('coreutils', '9.5-6.el10', RHEL) }), { 'BIN-002': ['opt/tool'] });
  });

  it('is silent for a program whose package is there, and for other systems', async () => {
    assert.deepEqual(await fired({ 'usr/bin/bash': note('bash', '1.0-1.el9', RHEL) }), {});
    assert.deepEqual(
      await fired({ 'opt/tool': note('coreutils', '9.4-7.fc40', 'cpe:/o:fedoraproject:fedora:40') }),
      {},
    );
  });
});

describe('BIN-003 and LIC-001: programs of Go', () => {
  const go = (version: string, ...dependencies: string[]): Buffer =>
    goProgram({ version, lines: ['path\tx.test/cmd', ...dependencies.map((line) => `dep\t${line}`)] });

  it('tell a toolchain of RHEL, and modules that are no longer open', async () => {
    assert.deepEqual(await fired({ 'usr/bin/a': go('go1.23.9 (Red Hat 1.23.9-1.el9_6)') }), {
      'BIN-003': ['usr/bin/a'],
    });
    assert.deepEqual(await fired({ 'usr/bin/b': go('go1.24.1', 'github.com/hashicorp/vault\tv1.15.2\th1:=') }), {
      'LIC-001': ['usr/bin/b'],
    });
    assert.deepEqual(await fired({ 'usr/bin/c': go('go1.24.1', 'github.com/hashicorp/vault/api\tv1.15.2\th1:=') }), {});
  });

  it('are compared by version', () => {
    const restricted = (path: string, version: string) =>
      restrictedModules([{ path: `github.com/hashicorp/${path}`, version }]).length === 1;
    assert.deepEqual(
      [
        restricted('terraform', 'v1.6.0'),
        restricted('terraform', 'v1.10.0'),
        restricted('terraform', 'v2.0.0'),
        restricted('terraform', 'v1.5.7'),
        restricted('terraform', 'v1.6.0-alpha1'),
        restricted('terraform', '(devel)'),
        restricted('terraform-exec', 'v1.9.0'),
        restricted('vault/sdk', 'v1.20.0'),
        restricted('consul/agent', 'v1.17.0'),
      ],
      [true, true, true, false, false, false, false, false, true],
    );
  });

  it('LIC-001 and LIC-002 read the licences of packages', async () => {
    assert.deepEqual(Object.keys(await fired({}, { license: 'SSPL' })), ['LIC-001']);
    assert.deepEqual(Object.keys(await fired({}, { license: 'BUSL-1.1 AND MIT' })), ['LIC-001']);
    assert.deepEqual(Object.keys(await fired({}, { license: 'Redistributable, no modification permitted' })), [
      'LIC-002',
    ]);
    const firmware = { license: 'Redistributable, no modification permitted' };
    assert.deepEqual(await fired({}, { ...firmware, name: 'linux-firmware' }), {});
    assert.deepEqual(await fired({}, { ...firmware, name: 'kernel-core' }), {});
    assert.deepEqual(Object.keys(await fired({}, { license: 'GPLv2+ and BSL-1.0 and BSD' })), []);
  });
});

describe('ENT-002: residues of a build host', () => {
  it('fires for files, not for links', async () => {
    assert.deepEqual(await fired({ 'run/secrets/rhsm/rhsm.conf': 'x', 'var/lib/rhsm/facts.json': '{}' }), {
      'ENT-002': ['run/secrets/rhsm/rhsm.conf', 'var/lib/rhsm/facts.json'],
    });
    assert.deepEqual(await fired({ 'etc/rhsm-host': { symlink: '/run/secrets/rhsm' }, 'etc/rhsm/rhsm.conf': 'x' }), {});
  });
});

describe('IMG-003 and IMG-005: node images', () => {
  const meta = { 'usr/share/openshift/base/meta.json': '{"rpmdb.pkglist":[["bash",null,"1.0","1.el9","x86_64"]]}' };

  it('fires for labels of RHEL anywhere, and for any labels file in a node image', async () => {
    const labels = 'usr/share/buildinfo/labels.json';
    assert.deepEqual(Object.keys(await fired({ [labels]: '{"cpe":"cpe:/a:redhat:openshift:4.16::el9"}' })), [
      'IMG-003',
    ]);
    assert.deepEqual(Object.keys(await fired({ [labels]: '{"name":"openshift/rhel-coreos"}' })), ['IMG-003']);
    assert.deepEqual(await fired({ [labels]: '{"name":"okd/scos"}' }), {});
    assert.deepEqual(Object.keys(await fired({ ...meta, [labels]: '{"name":"okd/scos"}' })), ['IMG-003']);
  });

  it("compares the image's own list of packages", async () => {
    assert.deepEqual(await fired(meta), {});
    const more = meta['usr/share/openshift/base/meta.json'].replace(']]}', '],["gone","1","2","3","noarch"]]}');
    assert.deepEqual(await fired({ 'usr/share/openshift/base/meta.json': more }), { 'IMG-005': ['a'] });
  });
});

describe('RPM-013: databases that hide packages', () => {
  it('fires for a database under a name where rpm does not look, and for a journal', async () => {
    const { main } = makeRpmdb([await makeHeader({ ...BASH, signer: keys.open })]);
    assert.deepEqual(await fired({ 'opt/cache.bin': main }), { 'RPM-013': ['opt/cache.bin'] });
    assert.deepEqual(
      await fired({ 'sysroot/ostree/repo/objects/aa/bb.file': main }),
      {},
      'its name may be in another layer',
    );
    const journal = Buffer.concat([Buffer.from('d9d505f920a163d7', 'hex'), Buffer.alloc(500)]);
    assert.deepEqual(await fired({ [`${RPMDB}-journal`]: journal }), { 'RPM-013': [RPMDB] });
    assert.deepEqual(
      await fired({ [`${RPMDB}-journal`]: Buffer.alloc(512) }),
      {},
      'one that was played back is zeroed',
    );
  });
});
