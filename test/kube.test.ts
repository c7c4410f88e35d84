import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { applyConfigMap } from '../src/kube/index.ts';
import { lacks } from './support/clone.ts';
import { certificate, secure } from './support/tls.ts';

it('a ConfigMap is written under its own name, whatever is in it', { skip: lacks('openssl') }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-kube-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const tls = await certificate(folder);
  const calls: string[] = [];
  const host = await secure(t, tls, ({ method, url }, response) => {
    calls.push(`${method} ${url}`);
    response.writeHead(200).end('{}');
  });
  const connection = { server: `https://${host}`, namespace: 'x', ca: tls.cert, insecure: false };
  const map = (namespace: string, name: string) => JSON.stringify({ kind: 'ConfigMap', metadata: { namespace, name } });
  await applyConfigMap(connection, map('a/../b', '../secrets/x?y#z'), { overwrite: true });
  const list = '/api/v1/namespaces/a%2F..%2Fb/configmaps';
  const itself = `${list}/..%2Fsecrets%2Fx%3Fy%23z`;
  assert.deepEqual(calls.splice(0), [`GET ${itself}`, `PUT ${itself}`]);
  await applyConfigMap(connection, map('a/../b', 'x'), { overwrite: false });
  assert.deepEqual(calls.splice(0), [`POST ${list}`]);
  for (const [namespace, name, field] of [
    ['..', 'x', 'metadata.namespace'],
    ['x', '.', 'metadata.name'],
    ['x', '', 'metadata.name'],
  ] as const)
    await assert.rejects(applyConfigMap(connection, map(namespace, name), { overwrite: true }), {
      code: 'KUBE_OBJECT_INVALID',
      place: { field },
    });
  assert.deepEqual(calls, []);
});
