import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { buildReleaseGraph, type CompiledGraph } from '../../graph/index.ts';
import { createGraphServer } from '../app.ts';
import type { App } from '../types.ts';

const CHANNEL = 'stable-scos-4.21';
const V = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'] as const;

/** A graph whose answer is some hundred kilobytes, more than a connection buffers. */
function graph(releases: number, text = 'x'.repeat(500)): CompiledGraph {
  const versions = Array.from({ length: releases }, (_, at) => `4.21.0-okd-scos.${at}`);
  return buildReleaseGraph(
    versions.map((version, at) => ({
      version,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@sha256:${at.toString(16).padStart(64, '0')}`,
      previous: versions.slice(0, at),
      metadata: { text },
      channels: [CHANNEL],
    })),
  );
}

interface Served {
  readonly app: App;
  readonly port: number;
}

async function served(compile: () => Promise<CompiledGraph>, freshMs = 60_000): Promise<Served> {
  const app = await createGraphServer({ compile, freshMs, version: 'test', hosts: ['graph.example'] });
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { app, port: (app.server.address() as AddressInfo).port };
}

const request = (target: string, fields: readonly string[] = [], method = 'GET'): string =>
  [`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields, '', ''].join('\r\n');

/** Reads this many whole responses from a connection, or what there is at its end. */
async function responses(socket: Socket, count: number): Promise<string[]> {
  let text = '';
  const found: string[] = [];
  socket.setEncoding('latin1');
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += chunk;
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) break;
      const length = Number(/^content-length: (\d+)/im.exec(text.slice(0, end + 2))?.[1] ?? 0);
      if (text.length < end + 4 + length) break;
      found.push(text.slice(0, end + 4 + length));
      text = text.slice(end + 4 + length);
    }
    if (found.length >= count) return found;
  }
  return text === '' ? found : [...found, text];
}

async function ask(port: number, text: string, count = 1): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const found = await responses(socket, count);
  socket.destroy();
  return found;
}

/** Status line, fields in any order and body; the date as a word. */
function parts(response: string | undefined): { status: string; fields: string[]; body: string } {
  const [head = '', body = ''] = (response ?? '').split(/\r\n\r\n(.*)/s);
  const [status = '', ...fields] = head.split('\r\n');
  return { status, fields: fields.map((field) => field.toLowerCase().replace(/^date: .*/, 'date')).sort(), body };
}

describe('the front', () => {
  let server: Served;
  before(async () => {
    server = await served(async () => graph(30));
  });
  after(async () => {
    await server.app.close();
  });

  it('says byte for byte what the route behind it says', async () => {
    const etag = /^etag: (.*)$/im.exec((await ask(server.port, request(`/graph?channel=${CHANNEL}`)))[0] ?? '')?.[1];
    assert.ok(etag);
    const targets = [
      `/graph?channel=${CHANNEL}&arch=amd64`,
      `/v1/graph?channel=${CHANNEL}&id=1&version=${V[0]}`,
      `/api/upgrades_info/v1/graph?arch=amd64&channel=${CHANNEL}`,
      '/api/upgrades_info/graph?channel=unknown',
      '/graph?channel=a%0a',
      '/graph?',
      '/graph',
    ];
    const fields = [
      [],
      ['Accept: application/json'],
      ['Accept: text/html'],
      ['Accept: application/json', 'Accept-Encoding: gzip'],
      ['Accept-Encoding: br, gzip'],
      [`If-None-Match: ${etag}`],
      ['If-None-Match: *', 'Accept: application/json'],
    ];
    for (const target of targets)
      for (const list of fields) {
        const fast = await ask(server.port, request(target, list));
        // a field twice is nothing for the front
        const slow = await ask(server.port, request(target, [...list, 'X: 1', 'X: 2']));
        assert.deepEqual(parts(fast[0]), parts(slow[0]), `${target} ${list}`);
      }
  });

  it('keeps the connection, through requests that it passes on too', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const poll = request(`/graph?channel=${CHANNEL}`);
    const said: string[] = [];
    for (const text of [poll, poll, request('/livez'), poll, request('/graph?channel=a', [], 'HEAD'), poll]) {
      socket.write(text);
      const head = text.startsWith('HEAD');
      if (head) {
        // its length is of a body that does not come
        socket.setEncoding('latin1');
        const [chunk] = (await once(socket, 'data')) as [string];
        socket.pause();
        said.push(chunk.split('\r\n')[0] ?? '');
      } else said.push((await responses(socket, 1))[0]?.split('\r\n')[0] ?? '');
    }
    socket.destroy();
    assert.deepEqual(said, Array(6).fill('HTTP/1.1 200 OK'));
  });

  it('passes on what is cut into pieces, pipelined, malformed or for another host', async () => {
    const poll = request(`/graph?channel=${CHANNEL}`);
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    for (const piece of [poll.slice(0, 10), poll.slice(10, 40), poll.slice(40)]) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [pieces] = await responses(socket, 1);
    socket.destroy();
    const both = await ask(server.port, poll + poll, 2);
    const [whole] = await ask(server.port, poll);
    assert.deepEqual(parts(pieces), parts(whole));
    assert.deepEqual(both.map(parts), [parts(whole), parts(whole)]);
    assert.match((await ask(server.port, 'GET /graph\x01 HTTP/1.1\r\nHost: a\r\n\r\n'))[0] ?? '', /^HTTP\/1\.1 400 /);
    assert.match(
      (await ask(server.port, poll.replace('localhost', 'evil.example')))[0] ?? '',
      /^HTTP\/1\.1 403 .*REQUEST_REFUSED/s,
    );
    assert.match((await ask(server.port, poll.replace('localhost', 'graph.example')))[0] ?? '', /^HTTP\/1\.1 200 /);
  });

  it('sends all of an answer to a client that reads slowly, and reads no more from it meanwhile', async () => {
    const large = await served(async () => graph(40, 'y'.repeat(200_000)));
    try {
      const socket = connect(large.port, '127.0.0.1');
      socket.pause();
      const poll = request(`/graph?channel=${CHANNEL}`);
      for (let sent = 0; sent < 5; sent++) {
        socket.write(poll);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const found = await responses(socket, 5);
      socket.destroy();
      assert.equal(found.length, 5);
      assert.equal(new Set(found.map((response) => parts(response).body)).size, 1);
      assert.ok((found[0]?.length ?? 0) > 8_000_000);
    } finally {
      await large.app.close();
    }
  });

  it('goes on after an answer that is small and still did not fit, when the client reads again', async () => {
    // below what a stream holds before it tells of having drained, above what is left of the system's buffers in the end
    const bytes = 40_000;
    const small = await served(async () => graph(1, 'z'.repeat(bytes)));
    try {
      const socket = connect(small.port, '127.0.0.1');
      socket.pause();
      const poll = request(`/graph?channel=${CHANNEL}`);
      // more than the system holds on both sides: one answer is cut in the middle
      const sent = 400;
      for (let at = 0; at < sent; at++) {
        socket.write(poll);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const found = await responses(socket, sent);
      socket.destroy();
      assert.equal(found.length, sent);
      for (const response of found) assert.match(parts(response).status, / 200 /);
    } finally {
      await small.app.close();
    }
  });

  it('leaves an answer that can not be made to the route behind', async () => {
    const wrong = graph(2);
    // what is read of an architecture for an answer is not there
    const broken = { ...wrong, architectures: new Map([['amd64', { ...graph(2), nodes: undefined }]]) };
    const server = await served(async () => broken as unknown as CompiledGraph);
    try {
      for (let time = 0; time < 2; time++)
        assert.match((await ask(server.port, request(`/graph?channel=${CHANNEL}`)))[0] ?? '', /^HTTP\/1\.1 500 /);
      assert.match((await ask(server.port, request('/livez')))[0] ?? '', /^HTTP\/1\.1 200 /);
    } finally {
      await server.app.close();
    }
  });

  it('waits for a newer graph, and lets the route say why there is none', async () => {
    let answer: () => Promise<CompiledGraph> = async () => graph(1);
    const fresh = await served(() => answer(), 0);
    try {
      const poll = request(`/graph?channel=${CHANNEL}`);
      const nodes = async (): Promise<number> =>
        JSON.parse(parts((await ask(fresh.port, poll))[0]).body).nodes.length as number;
      assert.equal(await nodes(), 1);
      answer = async () => graph(2);
      assert.equal(await nodes(), 2);
      answer = async () => {
        throw new Error('the disk is gone');
      };
      assert.equal(await nodes(), 2, 'the last good one');
    } finally {
      await fresh.app.close();
    }
    const broken = await served(async () => {
      throw new Error('the disk is gone');
    });
    try {
      const [said] = await ask(broken.port, request(`/graph?channel=${CHANNEL}`));
      assert.match(said ?? '', /^HTTP\/1\.1 500 /);
      assert.doesNotMatch(said ?? '', /disk/);
    } finally {
      await broken.app.close();
    }
  });

  it('ends its connections when the server closes: idle ones at once, the others after their answer', async () => {
    const waiting = Promise.withResolvers<CompiledGraph>();
    const asked = Promise.withResolvers<void>();
    const slow = await served(() => {
      asked.resolve();
      return waiting.promise;
    });
    const idle = connect(slow.port, '127.0.0.1');
    await once(idle, 'connect');
    const asking = connect(slow.port, '127.0.0.1');
    asking.write(request(`/graph?channel=${CHANNEL}`));
    await asked.promise;
    const idleEnd = once(idle.resume(), 'close');
    const closed = slow.app.close();
    await idleEnd;
    waiting.resolve(graph(2));
    const [said] = await responses(asking, 1);
    assert.match(said ?? '', /^HTTP\/1\.1 200 OK/);
    asking.destroy();
    await closed;
  });

  it('outlives clients that go away in the middle', async () => {
    for (let at = 0; at < 20; at++) {
      const socket = connect(server.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(request(`/graph?channel=${CHANNEL}`));
      if (at % 2 === 0) socket.resetAndDestroy();
      else socket.end();
    }
    assert.match((await ask(server.port, request('/livez')))[0] ?? '', /200 OK/);
  });
});
