// Catalogues of repositories that createrepo_c makes of packages that rpmbuild makes, from a folder and over HTTP.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { readRpmdb, readRpmFile } from '../../rpm/index.ts';
import { BuiltRpms, rpmToolsMissing as skip } from '../testing/built-rpms.ts';
import { buildCatalogue, formatCatalogue } from './build.ts';
import { cataloguesOf, parseCatalogue } from './model.ts';
import { folderRepository, webRepository } from './source.ts';

const built = new BuiltRpms();
after(() => built.remove());
let packages: string[] = [];

before(() => {
  if (skip !== false) return;
  built.key('Catalogue');
  packages = ['alpha', 'bravo', 'gamma'].map((name) =>
    built.build({
      name,
      vendor: 'Open & Free',
      ...(name === 'gamma' ? {} : { signer: 'Catalogue' }),
      install: [`mkdir -p %{buildroot}/usr/share`, `echo ${name} > %{buildroot}/usr/share/${name}`],
      files: [`/usr/share/${name}`],
    }),
  );
});

/** A repository of the first two packages. */
function repository(name: string): string {
  const folder = built.path(name);
  mkdirSync(join(folder, 'Packages'), { recursive: true });
  for (const file of packages.slice(0, 2)) copyFileSync(file, join(folder, 'Packages', basename(file)));
  built.run(
    'createrepo_c',
    '--quiet',
    '--no-database',
    '--revision',
    '7',
    '--general-compress-type=gz',
    '--set-timestamp-to-revision',
    folder,
  );
  return folder;
}

/** The same repository with its list compressed by zstd, as createrepo_c 1.0 makes it. */
function zstdOf(folder: string): string {
  const repomd = join(folder, 'repodata', 'repomd.xml');
  const [name = ''] = readdirSync(join(folder, 'repodata')).filter((file) => file.endsWith('primary.xml.gz'));
  const packed = zstdCompressSync(gunzipSync(readFileSync(join(folder, 'repodata', name))));
  const [, checksum = ''] =
    /type="primary">\s*<checksum type="sha256">([0-9a-f]+)</u.exec(readFileSync(repomd, 'utf8')) ?? [];
  writeFileSync(join(folder, 'repodata', 'primary.xml.zst'), packed);
  const text = readFileSync(repomd, 'utf8').replace(`repodata/${name}`, 'repodata/primary.xml.zst');
  writeFileSync(repomd, text.replace(checksum, createHash('sha256').update(packed).digest('hex')));
  return folder;
}

describe('a catalogue', { skip }, () => {
  it('has the headers that an installed database has, the same bytes from a folder, from the web, from gzip and zstd', async () => {
    const folder = repository('gz');
    const requests: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const file = readFileSync(join(folder, request.url ?? ''));
      const [, start, end] = /^bytes=(\d+)-(\d+)$/u.exec(request.headers.range ?? '') ?? [];
      requests.push(request.headers.range);
      if (start === undefined || end === undefined) response.end(file);
      else response.writeHead(206).end(file.subarray(Number(start), Number(end) + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    const url = `http://127.0.0.1:${address.port}`;
    try {
      const local = await buildCatalogue(folderRepository(folder), { name: 'open' });
      const remote = await buildCatalogue(webRepository(url), { name: 'open' });
      assert.equal(local.repository.revision, '7');
      assert.equal(local.repository.url, null);
      assert.deepEqual(remote, { ...local, repository: { ...local.repository, url: `${url}/` } });
      assert.equal(requests.filter((range) => range !== undefined).length, 2, 'one range request a package');

      const zstd = await buildCatalogue(folderRepository(zstdOf(repository('zst'))), { name: 'open' });
      assert.deepEqual(zstd.packages, local.packages);

      const text = formatCatalogue(local);
      assert.equal(formatCatalogue(await buildCatalogue(folderRepository(folder), { name: 'open' })), text);
      const catalogue = parseCatalogue(text, 'open.json');
      assert.match(catalogue.digest, /^sha256:[0-9a-f]{64}$/);
      assert.equal(catalogue.size, 2);
      const installed = readRpmdb(built.database('db', packages)).packages;
      assert.deepEqual(
        installed.map(({ name, headerSha256 }) => [name, cataloguesOf([catalogue], headerSha256)]).sort(),
        [
          ['alpha', ['open']],
          ['bravo', ['open']],
          ['gamma', []],
        ],
      );
      assert.ok(installed.every(({ headerSha256, header }) => header.string(273) === headerSha256));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('looks up only what it is asked for', async () => {
    const only = new Set(['bravo-1:1.0-1.el9.x86_64']);
    const { packages: lines } = await buildCatalogue(folderRepository(repository('only')), {
      name: 'open',
      only,
    });
    const beta = readRpmFile(readFileSync(packages[1] ?? '')).package;
    assert.deepEqual(lines, [`${beta.headerSha256} bravo-1:1.0-1.el9.x86_64`]);
  });

  it('refuses a repository that lies', async () => {
    const build = (folder: string) => buildCatalogue(folderRepository(folder), { name: 'open' });
    const swapped = repository('swapped');
    const [alpha = '', beta = ''] = packages;
    copyFileSync(alpha, join(swapped, 'Packages', basename(beta)));
    await assert.rejects(build(swapped), {
      code: 'AUDIT_REPODATA_MISMATCH',
      message: /the list calls it bravo.*its header alpha/,
    });

    const torn = repository('torn');
    writeFileSync(join(torn, 'Packages', basename(beta)), readFileSync(beta).subarray(0, 900));
    await assert.rejects(build(torn), { code: /^(AUDIT_REPOSITORY_UNREADABLE|RPM_)/ });

    const changed = repository('changed');
    const [list = ''] = readdirSync(join(changed, 'repodata')).filter((name) => name.endsWith('primary.xml.gz'));
    writeFileSync(join(changed, 'repodata', list), 'other');
    await assert.rejects(build(changed), { code: 'AUDIT_REPODATA_MISMATCH' });

    const leaving = repository('leaving');
    const repomd = join(leaving, 'repodata', 'repomd.xml');
    writeFileSync(
      repomd,
      readFileSync(repomd, 'utf8').replace(/href="repodata\/[^"]*primary/u, 'href="../../etc/primary'),
    );
    await assert.rejects(build(leaving), { code: 'AUDIT_REPOSITORY_HOSTILE' });

    writeFileSync(repomd, '<repomd><data');
    await assert.rejects(build(leaving), { code: 'AUDIT_REPODATA_INVALID' });
    await assert.rejects(build(built.path('none')), { code: 'AUDIT_REPOSITORY_UNREADABLE' });
  });

  it('refuses a server that answers with the whole file, and one that answers with an error', async () => {
    const folder = repository('plain');
    const answer =
      (status: number): typeof fetch =>
      async (input) => {
        const path = new URL(String(input)).pathname;
        return new Response(readFileSync(join(folder, path)), { status });
      };
    const build = (get: typeof fetch) =>
      buildCatalogue(webRepository('http://repository.example', get), { name: 'open' });
    await assert.rejects(build(answer(200)), { code: 'AUDIT_REPOSITORY_UNREADABLE', message: /with 200, not 206/ });
    await assert.rejects(build(answer(503)), { code: 'AUDIT_REPOSITORY_UNREADABLE', message: /503/ });
  });

  it('refuses a file that is no catalogue', () => {
    assert.throws(() => parseCatalogue('{', 'c.json'), { code: 'AUDIT_CATALOGUE_INVALID' });
    assert.throws(() => parseCatalogue('{"kind":"PackageCatalogue"}', 'c.json'), { code: 'AUDIT_CATALOGUE_INVALID' });
  });
});
