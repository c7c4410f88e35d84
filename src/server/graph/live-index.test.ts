import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { buildReleaseGraph, type CompiledGraph, httpReader, verifySite } from '../../graph/index.ts';
import { generateKey } from '../../sign/index.ts';
import { createGraphServer } from '../app.ts';

const V = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'];
const CHANNEL = 'stable-scos-4.21';

function graph(count: number): CompiledGraph {
  return buildReleaseGraph(
    V.slice(0, count).map((version, at) => ({
      version,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@sha256:${String(at).repeat(64)}`,
      previous: V.slice(0, at),
      metadata: {},
      channels: [CHANNEL],
    })),
  );
}

test('the index of a running service is signed, names what it serves, and increases with the graph', async (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const openpgp = await generateKey({
    name: 'graph',
    email: 'graph@example.com',
    at: new Date('2026-01-01T00:00:00Z'),
    bits: 2048,
  });
  let current = graph(1);
  const app = await createGraphServer({
    compile: async () => current,
    freshMs: 0,
    version: 'test',
    keys: { attestation: [privateKey], openpgp },
  });
  t.after(async () => await app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const trusted = { attestation: [createPublicKey(privateKey)], keyring: openpgp.publicKey };
  const verified = async (at = new Date(), lastSerial = 0) =>
    await verifySite(httpReader(url), { ...trusted, at, lastSerial });
  const first = await verified();
  assert.deepEqual(Object.keys(first.files), ['graph-data.tar.gz', `graph/amd64/${CHANNEL}.json`]);
  assert.equal(first.architectures.amd64?.[CHANNEL]?.newest, V[0]);
  assert.equal((await verified(new Date(), first.serial)).serial, first.serial, 'the same while nothing changes');
  current = graph(2);
  const second = await verified();
  assert.ok(second.serial > first.serial);
  assert.equal(second.architectures.amd64?.[CHANNEL]?.newest, V[1]);
  // a client that has seen more, one that asks too late, and one that trusts another key
  await assert.rejects(verified(new Date(), second.serial + 1), { code: 'GRAPH_INDEX_ROLLBACK' });
  await assert.rejects(verified(new Date(Date.now() + 25 * 3_600_000)), { code: 'GRAPH_INDEX_EXPIRED' });
  const other = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  await assert.rejects(verifySite(httpReader(url), { attestation: [other], at: new Date() }));
  // the file is the very answer of the protocol
  const [file, answer] = await Promise.all(
    [`/graph/amd64/${CHANNEL}.json`, `/graph?channel=${CHANNEL}`].map(async (path) => (await fetch(url + path)).text()),
  );
  assert.equal(file, answer);
  for (const path of ['/graph/amd64/nothing.json', '/graph/s390x/stable-scos-4.21.json'])
    assert.equal((await fetch(url + path)).status, 404);
});

test('without keys there is an index and no signature', async (t) => {
  const app = await createGraphServer({ compile: async () => graph(1), freshMs: 1000, version: 'test' });
  t.after(async () => await app.close());
  const status = async (path: string) => (await app.inject(path)).statusCode;
  assert.deepEqual(
    await Promise.all(['/index.json', '/index.dsse.json', '/index.json.asc'].map(status)),
    [200, 404, 404],
  );
});

test('/metrics counts requests by path, errors by kind and the seconds they took, with Cincinnati’s names', async (t) => {
  let broken = false;
  const app = await createGraphServer({
    compile: async () => {
      if (broken) throw new Error('no');
      return graph(2);
    },
    freshMs: 0,
    version: '1.2.3',
  });
  t.after(async () => await app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = async (path: string) => await (await fetch(url + path)).text();
  // the first is answered in front of the framework, HEAD behind it
  await ask(`/graph?channel=${CHANNEL}`);
  await ask(`/api/upgrades_info/v1/graph?channel=${CHANNEL}`);
  await ask('/graph');
  await fetch(`${url}/graph?channel=${CHANNEL}`, { method: 'HEAD' });
  broken = true;
  await ask(`/graph?channel=${CHANNEL}`);
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const lines = (await response.text()).split('\n');
  for (const line of [
    'cincinnati_pe_graph_incoming_requests_total{uri_path="/graph"} 4',
    'cincinnati_pe_graph_incoming_requests_total{uri_path="/api/upgrades_info/v1/graph"} 1',
    'cincinnati_pe_graph_response_errors_total{code="400",kind="missing_params"} 1',
    'cincinnati_pe_graph_serve_duration_seconds_bucket{le="+Inf"} 5',
    'cincinnati_pe_graph_serve_duration_seconds_count 5',
    'cincinnati_gb_graph_upstream_errors_total 1',
    'cincinnati_gb_graph_final_releases 2',
    '# TYPE cincinnati_pe_graph_serve_duration_seconds histogram',
    'slipway_build_info{version="1.2.3"} 1',
  ])
    assert.ok(lines.includes(line), `${line}\n${lines.join('\n')}`);
  for (const line of lines) assert.match(line, /^(#.*|[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [0-9.e-]+|)$/);
});
