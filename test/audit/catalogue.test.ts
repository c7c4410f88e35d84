// `slipway audit catalogue` on a repository that createrepo_c makes of real package files.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { lacksShared, ROOT, slipwayAside, temporaryFolder } from '../support/clone.ts';

const CREATEREPO = '/usr/bin/createrepo_c';
const RPM = '/usr/bin/rpm';

const skip = lacksShared('vectors/rpmdb') || (existsSync(CREATEREPO) ? false : 'createrepo_c is not installed');

it('writes the same catalogue each time, of all packages or of those of a report', { skip }, async (t) => {
  const folder = await temporaryFolder(t);
  const repository = join(folder, 'repository');
  await mkdir(repository);
  for (const name of ['hello-2.0-1.x86_64-signed.rpm', 'hlinktest-1.0-1.noarch.rpm']) {
    await copyFile(join(ROOT, '../shared/vectors/rpmdb/rpm/RPMS', name), join(repository, name));
  }
  execFileSync(CREATEREPO, ['--quiet', '--no-database', '--general-compress-type=gz', repository]);
  const make = (file: string, ...more: string[]) =>
    slipwayAside(['audit', 'catalogue', repository, '--name', 'open', '--output', join(folder, file), ...more]);

  const first = await make('first.json');
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /2 packages of open/);
  assert.equal((await make('second.json')).code, 0);
  const text = await readFile(join(folder, 'first.json'), 'utf8');
  assert.equal(await readFile(join(folder, 'second.json'), 'utf8'), text);

  const report = join(folder, 'report.json');
  await writeFile(report, JSON.stringify({ kind: 'AuditReport', packages: [{ nevra: 'hello-2.0-1.x86_64' }] }));
  assert.equal((await make('some.json', '--for', report)).code, 0);
  const { packages } = JSON.parse(await readFile(join(folder, 'some.json'), 'utf8')) as { packages: string[] };
  // sha256 of the header, as `rpm -qp --qf '%{SHA256HEADER}'` prints it.
  const header = execFileSync(RPM, [
    '-qp',
    '--nosignature',
    '--qf',
    '%{SHA256HEADER}',
    join(repository, 'hello-2.0-1.x86_64-signed.rpm'),
  ]);
  assert.deepEqual(packages, [`${header.toString()} hello-2.0-1.x86_64`]);

  const none = await slipwayAside(['audit', 'catalogue', folder, '--name', 'x', '--output', join(folder, 'x.json')]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /repomd\.xml: .*does not exist\. \[AUDIT_REPOSITORY_UNREADABLE\]/);
});
