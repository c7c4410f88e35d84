// The server behind a proxy: it answers for the name that it was told, and for no other.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SLIPWAY, slipwayAside, start, temporaryFolder } from './support/clone.ts';

/** As a proxy asks: to loopback, with the Host header of the browser. */
function ask(url: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const body = method === 'POST' ? { 'content-type': 'application/json' } : {};
    const sent = request(url, { method, headers: { ...body, ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end(method === 'POST' ? '{"set":"no-such-set"}' : undefined);
  });
}

describe('serve --port 0', () => {
  it('takes a free port, which pull specs name and the workspace keeps', async (t) => {
    const data = join(await temporaryFolder(t), 'ws');
    const served = async (...more: string[]) => {
      const server = start(t, SLIPWAY, ['serve', '--data', data, ...more]);
      await server.waitFor('serving on ');
      const url = /serving on (\S+)/.exec(server.output())?.[1] ?? '';
      const { registry, publicUrl } = JSON.parse(await (await fetch(`${url}/api/status`)).text());
      assert.deepEqual([`http://${registry}`, publicUrl], [url, url]);
      assert.equal(await server.stop(), 0);
      return url;
    };
    const url = await served('--port', '0');
    assert.notEqual(new URL(url).port, '0');
    assert.deepEqual([await served(), await served('--port', '0')], [url, url]);
  });
});

describe('serve --allow-host', () => {
  it('answers for the host of a proxy, and takes changes from its pages', async (t) => {
    const data = join(await temporaryFolder(t), 'ws');
    const server = start(t, SLIPWAY, ['serve', '--data', data, '--port', '0', '--allow-host', 'okd.example']);
    await server.waitFor('serving on ');
    const url = /serving on (\S+)/.exec(server.output())?.[1] ?? '';
    assert.equal(await ask(`${url}/api/releases`, { host: 'okd.example' }), 200);
    assert.equal(await ask(`${url}/api/releases`, { host: 'localhost' }), 200);
    for (const host of ['evil.example', 'okd.example.evil.example', 'okd.example:81'])
      assert.equal(await ask(`${url}/api/releases`, { host }), 403, host);
    const page = { host: 'okd.example', origin: 'https://okd.example' };
    assert.equal(await ask(`${url}/api/demo`, page, 'POST'), 404, 'there is no such set, and the page may ask');
    assert.equal(await ask(`${url}/api/demo`, { ...page, origin: 'https://evil.example' }, 'POST'), 403);
    assert.equal(await server.stop(), 0);
  });

  it('takes names of hosts only', async () => {
    const refused = await slipwayAside(['serve', '--allow-host', 'https://okd.example/']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /a host name, with its port/);
  });
});
