// Evidence beside RPM databases and text files: programs, dnf's history, residues, node images.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseKeyring } from '../../rpm/index.ts';
import type { LayerFacts } from '../model/facts.ts';
import { elfWith, goProgram } from '../testing/elf.ts';
import { MemorySource, makeLayer, type TestFiles } from '../testing/image.ts';
import { auditImage } from './image.ts';

const VECTORS = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'rpmdb');
const skip = existsSync(VECTORS) ? false : '../shared is not here';
const vector = (...path: string[]): Buffer => readFileSync(join(VECTORS, ...path));

async function factsOf(files: TestFiles): Promise<LayerFacts> {
  const source = new MemorySource();
  const facts = await auditImage(source, source.add([makeLayer(files)]), { name: 'a', keyring: parseKeyring([]) });
  assert.ok(facts.layers[0]);
  return facts.layers[0].facts;
}

describe("dnf's history", { skip }, () => {
  it('of dnf4: repository, command line and reason of every package', async () => {
    const path = 'var/lib/dnf/history.sqlite';
    const { dnfHistories, gaps, rpmdbs } = await factsOf({ [path]: vector('claircore', 'dnf4', 'history.sqlite') });
    assert.deepEqual([gaps, rpmdbs], [[], []]);
    const [history] = dnfHistories;
    assert.equal(history?.path, path);
    assert.equal(history.format, 'dnf4');
    const counts = Map.groupBy(history.packages, ({ repository }) => repository);
    assert.deepEqual([...counts].map(([id, packages]) => [id, packages.length]).sort(), [
      ['rhel-9-for-x86_64-appstream-rpms', 34],
      ['rhel-9-for-x86_64-baseos-rpms', 21],
    ]);
    const httpd = history.packages.find(({ name }) => name === 'httpd');
    assert.equal(httpd?.reason, 'user');
    assert.equal(httpd.transaction, 2);
    assert.match(
      history.transactions[1]?.commandLine ?? '',
      /^install -y --setopt=tsflags=nodocs gettext .* httpd mod_ssl/,
    );
    assert.ok(history.packages.some(({ nevra }) => nevra === 'scl-utils-1:2.0.3-4.el9.x86_64'));
  });

  it('of dnf5, and of any path; of a history without transactions', async () => {
    const { dnfHistories } = await factsOf({
      'mnt/rootfs/moved': vector('claircore', 'dnf5', 'transaction_history.sqlite'),
      'opt/history.sqlite': vector('claircore', 'rhel', 'custom-dnf-history.sqlite'),
    });
    const [five, custom] = dnfHistories;
    assert.equal(five?.format, 'dnf5');
    assert.equal(five.packages.length, 123);
    assert.ok(five.packages.every(({ repository }) => repository === 'aea2214b263845539cc9b774ac8dd4c7'));
    assert.match(five.transactions[0]?.commandLine ?? '', /^dnf5 --config .* install basesystem bash/);
    assert.deepEqual(new Set(five.packages.map(({ reason }) => reason)), new Set(['user', 'dependency']));
    assert.equal(custom?.packages.length, 5);
    assert.deepEqual(custom.transactions, []);
  });

  it('is a gap when cut off, under its own name', async () => {
    const whole = vector('claircore', 'dnf4', 'history.sqlite');
    const { gaps, dnfHistories } = await factsOf({ 'var/lib/dnf/history.sqlite': whole.subarray(0, 40_000) });
    assert.deepEqual(dnfHistories, []);
    assert.deepEqual(
      gaps.map(({ kind, path }) => [kind, path]),
      [['evidence', 'var/lib/dnf/history.sqlite']],
    );
  });
});

describe('programs', () => {
  const NOTE =
    '{"type":"rpm","name":"coreutils","version":"9.4-7.fc40","architecture":"x86_64","osCpe":"cpe:/o:redhat:enterprise_linux:9"}';

  it('tell the package that they were built for, of any word size and byte order', async () => {
    const { binaries, gaps } = await factsOf({
      'usr/bin/a': elfWith({ note: NOTE }),
      'usr/bin/b': elfWith({ note: NOTE, wide: false }),
      'usr/bin/c': elfWith({ note: NOTE, little: false }),
      'usr/bin/far': elfWith({ note: NOTE, noteOffset: 3_000_000 }),
      'usr/bin/none': elfWith({}),
      'usr/bin/broken': elfWith({ note: '{' }),
      'usr/bin/short': elfWith({ note: NOTE }).subarray(0, 70),
      'usr/share/doc/elf.txt': '\x7fELF is the magic',
    });
    assert.deepEqual(
      binaries.map(({ path }) => path),
      ['usr/bin/a', 'usr/bin/b', 'usr/bin/c', 'usr/bin/far'],
    );
    for (const { note, go } of binaries) {
      assert.equal(go, null);
      assert.deepEqual(note, {
        type: 'rpm',
        name: 'coreutils',
        version: '9.4-7.fc40',
        architecture: 'x86_64',
        osCpe: 'cpe:/o:redhat:enterprise_linux:9',
      });
    }
    assert.deepEqual(
      gaps.map(({ path }) => path),
      ['usr/bin/broken'],
    );
  });

  it("of Go tell toolchain and modules, wherever in the writable data Go's linker put them", async () => {
    const build = {
      version: 'go1.23.9 (Red Hat 1.23.9-1.el9_6) X:strictfipsruntime',
      lines: [
        'path\texample.test/cmd',
        'mod\texample.test\t(devel)\t',
        'dep\tgithub.com/hashicorp/vault/api\tv1.15.0\th1:x=',
        'dep\tgithub.com/old\tv1.0.0',
        '=>\tgithub.com/new\tv2.0.0\th1:y=',
        'build\t-buildmode=exe',
      ],
    };
    // Across the 512 KiB pieces that a layer comes in, and behind a decoy.
    for (const at of [0, 4096, 512 * 1024 - 4096 - 8, 2 * 1024 * 1024 - 4096 - 8, 5_000_000]) {
      const { binaries } = await factsOf({
        'usr/bin/tool': goProgram(build, { at: at - (at % 16), decoy: at > 100_000 }),
      });
      assert.deepEqual(
        binaries.map(({ go }) => go),
        [
          {
            version: build.version,
            path: 'example.test/cmd',
            modules: [
              { path: 'example.test', version: '(devel)' },
              { path: 'github.com/hashicorp/vault/api', version: 'v1.15.0' },
              { path: 'github.com/new', version: 'v2.0.0' },
            ],
          },
        ],
        String(at),
      );
    }
  });

  // Built by Go's own linker with modules, and by a C linker (cgo, position-independent) without.
  const compiler = join(import.meta.dirname, '../../../node_modules/@typescript/typescript-linux-x64/lib/tsc');
  it('of Go that are real', {
    skip: existsSync(compiler) ? false : "this system's TypeScript is no Linux program",
  }, async () => {
    const { binaries } = await factsOf({ 'usr/bin/tsc': readFileSync(compiler) });
    const [tsc] = binaries;
    assert.match(tsc?.go?.version ?? '', /^go1\.\d+/);
    assert.equal(tsc?.go?.path, 'github.com/microsoft/typescript-go/cmd/tsgo');
    assert.ok(tsc.go.modules.some(({ path, version }) => path === 'golang.org/x/sys' && /^v0\.\d/.test(version)));
  });

  const podman = '/usr/bin/podman';
  it('of Go that a distribution built', { skip: existsSync(podman) ? false : `${podman} is not here` }, async () => {
    const { binaries } = await factsOf({ 'usr/bin/podman': readFileSync(podman) });
    assert.match(binaries[0]?.go?.version ?? '', /^go1\.\d+/);
    assert.match(binaries[0]?.go?.path ?? '', /podman/);
  });
});

describe('what a build host leaves', () => {
  it('is files of a subscription, not links, empty mount points or files of packages', async () => {
    const { residues, repositories, certificates } = await factsOf({
      'run/secrets/redhat.repo': '[rhel-9]\nbaseurl=https://cdn.redhat.com/x\n',
      'run/secrets/rhsm/rhsm.conf': 'x',
      'run/secrets/etc-pki-entitlement/1.pem': 'x',
      'run/secrets/empty': '',
      'run/secrets/kubernetes.io/serviceaccount/token': 'x',
      'etc/rhsm/rhsm.conf': 'x',
      'etc/rhsm/ca/redhat-uep.pem': 'x',
      'etc/rhsm/facts/x.facts': 'x',
      'etc/rhsm-host': { link: 'run/secrets/rhsm' },
      'var/lib/rhsm/productid.js': '{}',
    });
    assert.deepEqual(
      residues.map(({ path, kind }) => [path, kind]),
      [
        ['run/secrets/redhat.repo', 'secret'],
        ['run/secrets/rhsm/rhsm.conf', 'secret'],
        ['run/secrets/etc-pki-entitlement/1.pem', 'secret'],
        ['etc/rhsm/facts/x.facts', 'subscription'],
        ['var/lib/rhsm/productid.js', 'subscription'],
      ],
    );
    assert.equal(repositories.length, 1, 'more than one collector reads a file');
    assert.equal(certificates.length, 1);
  });
});

describe('node images', () => {
  it('carry labels and a list of packages', async () => {
    const { labelFiles, packageLists, gaps } = await factsOf({
      'usr/share/buildinfo/labels.json': '{"name":"rhcos","cpe":"cpe:/a:redhat:openshift:4.16","n":1}',
      'usr/share/openshift/base/meta.json': '{"rpmdb.pkglist":[["b","0","1","2","noarch"],["a",1,"1","2","x86_64"]]}',
    });
    assert.deepEqual(gaps, []);
    assert.deepEqual(labelFiles[0]?.labels, { name: 'rhcos', cpe: 'cpe:/a:redhat:openshift:4.16' });
    assert.deepEqual(packageLists[0]?.packages, ['a-1:1-2.x86_64', 'b-1-2.noarch']);
  });

  it('of OpenShift: content manifests of both ancestors', { skip }, async () => {
    const folder = 'root/buildinfo/content_manifests';
    const names = [
      'openshift-base-rhel9-container-v4.16.0-202411190033.p0.gb45ea65.assembly.stream.el9.json',
      'driver-toolkit-container-v4.16.0-202411210647.p0.g1d5732f.assembly.stream.el9.json',
    ];
    const files = Object.fromEntries(
      names.map((name) => [`${folder}/${name}`, vector('syft', 'rhel_content_manifests', folder, name)]),
    );
    const { contentManifests } = await factsOf(files);
    assert.deepEqual(
      contentManifests.map(({ layerIndex }) => layerIndex),
      [1, 3],
    );
    assert.ok(contentManifests.some(({ contentSets }) => contentSets.some((set) => set.startsWith('rhocp-4.16'))));
  });
});
