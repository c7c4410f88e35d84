import assert from 'node:assert/strict';
import { get } from 'node:http';
import { describe, it } from 'node:test';
import { free } from '../../../util/index.ts';
import { digestOf } from '../../format/digest.ts';
import { pseudoRandom } from '../../testing/bytes.ts';
import { bodyOf, fake } from '../../testing/fakes.ts';
import { RegistryClient } from '../client.ts';
import { CONNECTIONS } from './connections.ts';

describe('connections', () => {
  it('read into the same memory, of which bodies are copies', async (t) => {
    const bodies = [1, 2, 3].map((seed) => pseudoRandom(seed, 1_000_000));
    const host = await fake(t, ({ url }, response) => void response.end(bodies[Number(url?.slice(1))]));
    const read = new Set<ArrayBufferLike>();
    const answers = await Promise.all(
      bodies.map(
        (_, index) =>
          new Promise<Buffer>((resolve, reject) => {
            const sent = get(`http://${host}/${index}`, { agent: CONNECTIONS.http }, (answer) =>
              bodyOf(answer).then(resolve, reject),
            );
            sent.once('socket', (socket) => socket.on('data', ({ buffer }: Buffer) => read.add(buffer)));
            sent.once('error', reject);
          }),
      ),
    );
    assert.deepEqual(answers.map(digestOf), bodies.map(digestOf));
    assert.equal(read.size, 1);
  });

  it('bring chunks that their reader may free', async (t) => {
    const bytes = pseudoRandom(1, 1_000_000);
    const host = await fake(t, (_request, response) => void response.end(bytes));
    const content = await new RegistryClient()
      .repository(`${host}/a`)
      .blob({ digest: digestOf(bytes), size: bytes.length });
    const found: Buffer[] = [];
    for await (const chunk of content as AsyncIterable<Buffer>) {
      found.push(Buffer.from(chunk));
      free(chunk);
      assert.equal(chunk.length, 0);
    }
    assert.ok(Buffer.concat(found).equals(bytes));
  });
});
