// Somebody else's registry and database instead of the embedded ones: Debian's docker-registry and postgresql.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freePort, lacks, run, SLIPWAY, slipway, start, temporaryFolder } from '../support/clone.ts';

const POSTGRES = '/usr/lib/postgresql';
const binaries = existsSync(POSTGRES)
  ? readdirSync(POSTGRES)
      .map((version) => join(POSTGRES, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;
const unable =
  lacks('docker-registry', 'skopeo') ||
  (binaries === undefined
    ? 'postgresql is not installed'
    : process.getuid?.() === 0
      ? false
      : 'the test starts postgresql as another user, which needs root');

describe('external services', () => {
  it('publishes to an external registry with an external database', { skip: unable }, async (t) => {
    const folder = await temporaryFolder(t);
    await chmod(folder, 0o755);
    const [registryPort, databasePort, port] = [await freePort(), await freePort(), await freePort()];
    const host = `127.0.0.1:${registryPort}`;
    await writeFile(
      join(folder, 'registry.yml'),
      `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/registry}}\nhttp: {addr: "${host}"}\n`,
    );
    start(t, '/usr/bin/docker-registry', ['serve', join(folder, 'registry.yml')]);

    const cluster = join(folder, 'cluster');
    await mkdir(cluster);
    run('chown', ['postgres', cluster]);
    const as = (command: string, ...args: string[]) =>
      run(
        'setpriv',
        ['--reuid=postgres', '--regid=postgres', '--init-groups', join(binaries ?? '', command), ...args],
        { cwd: '/' },
      );
    assert.equal(as('initdb', '-D', cluster, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8').code, 0);
    const options = `-c listen_addresses=127.0.0.1 -c port=${databasePort} -c unix_socket_directories=`;
    const started = as('pg_ctl', '-D', cluster, '-w', '-l', join(cluster, 'log'), '-o', options, 'start');
    assert.equal(started.code, 0, started.stderr);
    t.after(async () => {
      as('pg_ctl', '-D', cluster, '-m', 'immediate', 'stop');
    });
    const env = { DATABASE_URL: `postgres://postgres@127.0.0.1:${databasePort}/postgres` };

    const data = join(folder, 'ws');
    const server = start(
      t,
      SLIPWAY,
      ['start', '--data', data, '--port', String(port), '--registry', `${host}/team`],
      env,
    );
    await server.waitFor('Stop with Ctrl-C', 240);
    const answer = await fetch(`http://localhost:${port}/api/releases/4.21.0-okd-scos.0`);
    const text = await answer.text();
    assert.equal(answer.status, 200, `${text}\n${server.output()}`);
    const { pullSpec, components } = JSON.parse(text) as { pullSpec: string; components: { pullSpec: string }[] };
    assert.match(pullSpec, new RegExp(`^${host}/team/okd/scos-release@sha256:`));
    for (const reference of [
      pullSpec,
      `${host}/team/okd/scos-release:4.21.0-okd-scos.0`,
      ...components.map((component) => component.pullSpec),
    ]) {
      const inspected = run('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`]);
      assert.equal(inspected.code, 0, `${reference}: ${inspected.stderr}`);
    }
    assert.equal(
      (await fetch(`http://localhost:${port}/v2/okd/scos-release/tags/list`)).status,
      404,
      'the embedded registry stays empty',
    );
    assert.equal(await server.stop('SIGTERM'), 0);

    const other = slipway(['serve', '--data', data, '--port', '0', '--registry', 'quay.example/other'], { env });
    assert.equal(other.code, 2);
    assert.match(other.stderr, /WORKSPACE_CONFLICT/);
  });
});
