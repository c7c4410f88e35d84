// What may go wrong around a step without anybody being killed: the engine is closed in the middle of a job, the
// external registry is out of reach or holds something else under the version.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Fastify from 'fastify';
import { LocalRegistry, registryPlugin } from '../../src/oci/index.ts';
import { temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

describe('interruption', () => {
  it('closing in the middle of a job counts for nothing: the job runs again at the next start', async (t) => {
    const folder = await temporaryFolder(t);
    const [begun, wait] = [join(folder, 'begun'), join(folder, 'wait')];
    await writeFile(wait, '');
    const file = await definitionWith(folder, `touch ${begun}; [ -e ${wait} ] && sleep 60\n${SOAK.passes}`);
    const first = await serving(t, folder, file);
    const nightly = await first.engine.start('clean', 'test');
    while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 50));
    await first.close();
    await rm(wait);
    const second = await serving(t, folder, file);
    await second.settle();
    const release = await second.engine.catalogue.release(nightly);
    assert.equal(release.phase, 'Accepted', release.reason ?? '');
    assert.deepEqual(
      release.verification.map(({ attempt, state }) => [attempt, state]),
      [[1, 'passed']],
    );
  });

  it('a registry out of reach fails the release, and a retry publishes what a person had accepted', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await LocalRegistry.open(join(folder, 'elsewhere'));
    const registry = Fastify();
    await registry.register(registryPlugin, { store });
    t.after(() => registry.close());
    // Its port stays taken until it is there, by a server that hangs up: nobody else can come to listen on it.
    const absent = createServer((socket) => socket.destroy());
    t.after(() => absent.close());
    await once(absent.listen(0, '127.0.0.1'), 'listening');
    const address = absent.address();
    assert.ok(address !== null && typeof address === 'object');
    const { port } = address;

    const host = `127.0.0.1:${port}`;
    const { engine, settle, post } = await serving(t, folder, await definitionWith(folder, SOAK.fails), {
      registry: `${host}/team`,
    });
    const nightly = await engine.start('clean', 'test');
    await settle();
    assert.equal((await post(`releases/${nightly}/accept`, { reason: 'too hot' })).body.phase, 'Accepted');
    await settle();
    const failed = await engine.catalogue.release(nightly);
    assert.equal(failed.phase, 'Failed');
    assert.match(failed.reason ?? '', new RegExp(host));
    assert.equal(failed.published, false);

    await once(absent.close(), 'close');
    await registry.listen({ host: '127.0.0.1', port });
    assert.equal((await post(`releases/${nightly}/retry`)).status, 202);
    await settle();
    const retried = await engine.catalogue.release(nightly);
    assert.deepEqual([retried.phase, retried.published], ['Accepted', true], retried.reason ?? '');
    const published = store.repository('team/okd/scos-release');
    assert.equal((await published.manifest(nightly)).digest, retried.digest);

    // Somebody else's release under the version that comes next: it is not replaced.
    const { mediaType, bytes } = await published.manifest(nightly);
    await published.putManifest('4.21.0-okd-scos.0', mediaType, bytes);
    assert.equal((await post(`releases/${nightly}/promote`)).status, 202);
    await settle();
    const stable = await engine.catalogue.release('4.21.0-okd-scos.0');
    assert.equal(stable.phase, 'Failed');
    assert.match(stable.reason ?? '', /RELEASE_VERSION_TAKEN/);
    assert.equal((await published.manifest('4.21.0-okd-scos.0')).digest, retried.digest);
  });
});
