import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { DIGEST } from '../testing.ts';
import { readStores } from './read-stores.ts';

test('a store that does not answer is waited for as long as clusters wait, not once for each signature', async (t) => {
  let asked = 0;
  const server = createServer(() => {
    asked += 1; // and no answer, ever
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const store = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { signatures, problems } = await readStores([store], DIGEST, { patience: 300 });
  assert.deepEqual(signatures, []);
  assert.equal(asked, 1);
  assert.match(problems[0] ?? '', /signature-1: the server can not be read/);
  assert.match(problems[1] ?? '', /signature-2: it was not asked for; the stores took longer than clusters wait/);
  assert.equal(problems.length, 2);
});
