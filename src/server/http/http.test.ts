import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Fastify from 'fastify';
import { SlipwayError } from '../../util/index.ts';
import { sendError, sendUnroutable } from './errors.ts';
import { guard, whileOpen } from './guard.ts';
import { errorLog } from './log.ts';

async function guarded(hosts: readonly string[] = []) {
  const app = Fastify();
  app.setErrorHandler(sendError);
  guard(app, hosts);
  app.get('/page', (_request, reply) => reply.type('text/html').send('<p>x</p>'));
  app.post('/change', () => ({ done: true }));
  app.get('/fails', () => {
    throw new SlipwayError('RELEASE_UNKNOWN', 'there is no release "x".', {
      place: { field: 'name' },
      hint: 'Look at the list.',
    });
  });
  app.get('/breaks', () => {
    throw new Error('secret path /etc/x');
  });
  app.get('/full', () => {
    // As PostgreSQL says it.
    throw Object.assign(new Error('could not extend file "base/1/2"'), { code: '53100' });
  });
  await app.ready();
  return app;
}

describe('guard', () => {
  it('answers only for its own names', async () => {
    const app = await guarded(['slipway.example']);
    const status = async (host: string) =>
      (await app.inject({ method: 'GET', url: '/page', headers: { host } })).statusCode;
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080', 'slipway.example'])
      assert.equal(await status(host), 200, host);
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:80', '10.0.0.1'])
      assert.equal(await status(host), 403, host);
  });

  it('lets no page of another origin change anything', async () => {
    const app = await guarded();
    const status = async (origin?: string) =>
      (
        await app.inject({
          method: 'POST',
          url: '/change',
          payload: {},
          headers: { host: 'localhost:8080', ...(origin === undefined ? {} : { origin }) },
        })
      ).statusCode;
    assert.equal(await status(), 200, 'a client that is no browser');
    assert.equal(await status('http://localhost:8080'), 200);
    for (const origin of [
      'https://evil.example',
      'http://localhost:8081',
      'null',
      'http://localhost:8080.evil.example',
    ])
      assert.equal(await status(origin), 403, origin);
  });

  it('sends pages with a strict policy for their content', async () => {
    const { headers } = await (await guarded()).inject({ method: 'GET', url: '/page', headers: { host: 'localhost' } });
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  });
});

describe('sendError', () => {
  it('gives code, place and hint of our errors, and nothing of others', async () => {
    const app = await guarded();
    const ours = await app.inject({ method: 'GET', url: '/fails', headers: { host: 'localhost' } });
    assert.equal(ours.statusCode, 404);
    assert.deepEqual(ours.json(), {
      code: 'RELEASE_UNKNOWN',
      message: 'there is no release "x".',
      place: { field: 'name' },
      hint: 'Look at the list.',
    });
    const other = await app.inject({ method: 'GET', url: '/breaks', headers: { host: 'localhost' } });
    assert.equal(other.statusCode, 500);
    assert.doesNotMatch(other.body, /secret/);
    const full = await app.inject({ method: 'GET', url: '/full', headers: { host: 'localhost' } });
    assert.deepEqual([full.statusCode, full.json().code], [507, 'STORAGE_FULL']);
  });
});

describe('an address that can not be read', () => {
  it('is told to programs in the form of every error, to browsers in plain words', async () => {
    const app = Fastify({ frameworkErrors: sendUnroutable });
    app.get('/releases/:name', () => 'never');
    const answer = async (url: string) => await app.inject({ method: 'GET', url });
    const api = await answer('/api/releases/%E0%A4%A');
    assert.deepEqual([api.statusCode, Object.keys(api.json())], [400, ['code', 'message']]);
    const page = await answer('/releases/%E0%A4%A');
    assert.deepEqual(
      [page.statusCode, page.headers['content-type'], page.headers['x-content-type-options']],
      [400, 'text/plain; charset=utf-8', 'nosniff'],
    );
    assert.match(page.body, /^This address can not be read: /);
  });
});

describe('errorLog', () => {
  it('is one line for each error, and silent below', async () => {
    const lines: string[] = [];
    const app = Fastify({ loggerInstance: errorLog((line) => lines.push(line)) });
    app.setErrorHandler(sendError);
    app.get('/breaks', () => {
      throw new Error('the disk is on fire');
    });
    app.get('/fine', (request) => {
      request.log.info('nobody wants to know');
      return {};
    });
    await app.inject('/fine');
    await app.inject('/breaks?x=1');
    assert.deepEqual(lines, ['GET /breaks?x=1: unexpected: the disk is on fire']);
  });
});

describe('whileOpen', () => {
  it('asks the engine nothing while it closes; the registry goes on', async () => {
    const app = Fastify();
    const engine = { closing: false };
    whileOpen(app, engine);
    app.get('/api/status', () => ({ fine: true }));
    app.get('/v2/', () => ({}));
    const status = async (url: string): Promise<number> => (await app.inject(url)).statusCode;
    assert.deepEqual([await status('/api/status'), await status('/v2/')], [200, 200]);
    engine.closing = true;
    assert.deepEqual([await status('/api/status'), await status('/v2/')], [503, 200]);
  });
});
