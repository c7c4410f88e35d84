import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { buildReleaseGraph, type CompiledGraph, parseGraphData, readGraphData } from '../../../graph/index.ts';
import { GraphHost } from '../../graph/host.ts';
import { sendError } from '../../http/errors.ts';
import { validatorCompiler } from '../../http/validator.ts';
import { graphRoutes } from './graph.ts';

const V = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'];
const CHANNEL = 'stable-scos-4.21';
const QUERY = `channel=${CHANNEL}&arch=amd64`;

function graph(): CompiledGraph {
  const releases = V.map((version, at) => ({
    version,
    arch: 'amd64',
    payload: `quay.io/okd/scos-release@sha256:${String(at).repeat(64)}`,
    previous: V.slice(0, at),
    metadata: { url: `https://example.com/${version}` },
    channels: [CHANNEL],
    created: `2026-08-0${at + 1}T00:00:00Z`,
  }));
  const risk = {
    to: V[1],
    from: '.*',
    name: 'RiskA',
    url: 'https://x',
    message: 'm',
    matchingRules: [{ type: 'Always' }],
  };
  return buildReleaseGraph(
    releases,
    parseGraphData(
      new Map([
        ['version', '1.1.0'],
        ['blocked-edges/a.yaml', JSON.stringify(risk)],
      ]),
    ),
  );
}

async function served(compile: () => Promise<CompiledGraph>) {
  const app = Fastify().setValidatorCompiler(validatorCompiler).withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(sendError);
  graphRoutes(app, new GraphHost({ compile, failed: () => {} }));
  await app.ready();
  return {
    app,
    get: (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'OPTIONS' = 'GET') =>
      app.inject({ method, url, headers }),
  };
}

test('one answer under every path of upstream, with its tag, for pages of any origin', async () => {
  const { get } = await served(async () => graph());
  const first = await get(`/graph?${QUERY}`, { accept: 'application/json' });
  assert.equal(first.statusCode, 200);
  const { etag } = first.headers;
  assert.match(String(etag), /^"[0-9a-f]{64}"$/);
  for (const path of ['/v1/graph', '/api/upgrades_info/graph', '/api/upgrades_info/v1/graph']) {
    const other = await get(`${path}?${QUERY}&version=${V[0]}&id=0123`, { accept: 'application/json' });
    assert.deepEqual([other.statusCode, other.body, other.headers.etag], [200, first.body, etag], path);
  }
  assert.equal(first.headers['access-control-allow-origin'], '*');
  const head = await get(`/graph?${QUERY}`, { accept: 'application/json' }, 'HEAD');
  assert.deepEqual([head.statusCode, head.body, head.headers.etag], [200, '', etag]);
  assert.equal(head.headers['content-length'], String(Buffer.byteLength(first.body)));
  const unchanged = await get(`/graph?${QUERY}`, { 'if-none-match': String(etag) });
  assert.deepEqual([unchanged.statusCode, unchanged.body], [304, '']);
  assert.equal((await get('/graph', {}, 'OPTIONS')).statusCode, 204);
  const zipped = await get(`/graph?${QUERY}`, { 'accept-encoding': 'zstd' });
  assert.equal(zipped.headers['content-encoding'], 'zstd');
  const stream = await get('/graph?channel=4-scos-stable');
  assert.equal(stream.statusCode, 400);
  assert.deepEqual([stream.json().kind, stream.json().hint], ['invalid_params', 'Follow stable-scos-4.']);
});

test('explanations, paths, matrix, drawings and badges', async () => {
  const { get } = await served(async () => graph());
  const why = (await get(`/api/graph/explain?${QUERY}&from=${V[0]}`)).json();
  assert.deepEqual(
    why.updates.map((update: { to: string; code: string }) => [update.to, update.code]),
    [[V[1], 'Conditional']],
  );
  const path = (await get(`/api/graph/path?from=${V[0]}&to=${V[1]}`)).json();
  assert.equal(path.plans[0].hops[0].risks[0].name, 'RiskA');
  const safe = (await get(`/api/graph/path?from=${V[0]}&to=${V[1]}&avoid=risks`)).json();
  assert.deepEqual([safe.plans, safe.reachable], [[], null]);
  const matrix = (await get(`/api/graph/matrix?${QUERY}`)).json();
  assert.equal(matrix.rows[0].cells[1].code, 'Conditional');
  for (const [as, type, text] of [
    ['timeline', 'image/svg+xml', '<title id="t">Releases of stable-scos-4.21 over time'],
    [`lanes&from=${V[0]}`, 'image/svg+xml', `! ${V[1]}`],
    ['dot', 'text/vnd.graphviz', 'style=dashed, label="RiskA"'],
    ['mermaid', 'text/plain', '-. "RiskA" .->'],
  ] as const) {
    const drawn = await get(`/api/graph/draw?${QUERY}&as=${as}`);
    assert.equal(drawn.statusCode, 200, drawn.body);
    assert.ok(String(drawn.headers['content-type']).startsWith(type), as);
    assert.ok(drawn.body.includes(text), `${as}: ${drawn.body}`);
  }
  assert.match((await get(`/badge/${V[0]}.svg`)).body, /1 with a warning/);
  assert.match((await get(`/badge/${V[1]}.svg`)).body, /newest/);
  assert.equal((await get('/badge/9.9.9.svg')).statusCode, 404);
  assert.equal((await get(`/api/graph/draw?${QUERY}&as=lanes`)).statusCode, 400);
  assert.equal((await get('/api/graph/explain?from=x')).statusCode, 400);
});

test('graph-data of the graph: what Cincinnati reads is the same channels and risks', async (t) => {
  const { get } = await served(async () => graph());
  const answer = await get('/api/upgrades_info/graph-data');
  assert.equal(answer.headers['content-type'], 'application/gzip');
  const folder = await mkdtemp(join(tmpdir(), 'slipway-graph-data-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'graph-data.tar.gz'), answer.rawPayload);
  const data = parseGraphData(await readGraphData(join(folder, 'graph-data.tar.gz')));
  assert.deepEqual(
    data.channels.map(({ name, versions }) => [name, versions]),
    [[CHANNEL, V]],
  );
  assert.deepEqual(
    data.blocked.map(({ to, risk }) => [to, risk?.name]),
    [[V[1], 'RiskA']],
  );
  const { etag } = answer.headers;
  assert.equal((await get('/graph-data', { 'if-none-match': String(etag) })).statusCode, 304);
});

test('a graph that can no longer be compiled: the last good one serves on; before the first, an error, never an empty answer', async (t) => {
  t.mock.method(performance, 'now', () => now);
  let now = 0;
  let broken = true;
  const { get } = await served(async () => {
    if (broken) throw new Error('the ledger is gone');
    return graph();
  });
  assert.equal((await get(`/graph?${QUERY}`)).statusCode, 500);
  assert.equal((await get('/readyz')).statusCode, 500);
  assert.equal((await get('/livez')).statusCode, 200);
  broken = false;
  const good = await get(`/graph?${QUERY}`);
  assert.equal(good.statusCode, 200);
  broken = true;
  now = 5000;
  const kept = await get(`/graph?${QUERY}`);
  assert.deepEqual([kept.statusCode, kept.body], [200, good.body]);
  assert.equal((await get('/readyz')).statusCode, 200);
});
