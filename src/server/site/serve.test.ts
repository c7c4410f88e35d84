import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import Fastify from 'fastify';
import { serveSite } from './serve.ts';

it("what is not below /api is JSON, as every answer there; pages are the site's matter", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-site-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'server'));
  await mkdir(join(folder, 'client', '_astro'), { recursive: true });
  await writeFile(
    join(folder, 'server', 'entry.mjs'),
    "export const handler = (request, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no page</h1>');",
  );
  const app = Fastify();
  t.after(() => app.close());
  await serveSite(app, folder);
  for (const url of ['/api/nope', '/api/nope?x=1', '/api']) {
    const answer = await app.inject({ method: 'GET', url });
    assert.deepEqual(
      [answer.statusCode, answer.json()],
      [404, { code: 'ROUTE_NOT_FOUND', message: `there is nothing at GET ${url}.` }],
    );
  }
  const page = await app.inject({ method: 'GET', url: '/apiary' });
  assert.deepEqual([page.statusCode, page.body], [404, '<h1>no page</h1>']);
});
