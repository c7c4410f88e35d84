import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createGunzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { given } from '../../../util/index.ts';
import { pseudoRandom } from '../../testing/bytes.ts';
import { feedJoined } from './feed.ts';

/** Pieces of their own memory. */
function* cut(bytes: Buffer, step: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += step)
    yield Buffer.from(new Uint8Array(bytes.subarray(at, at + step)).buffer);
}

async function* soon<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function all(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found);
}

const content = pseudoRandom(1, 1_500_000);
const packed = gzipSync(content, { level: 1 });

describe('feedJoined', () => {
  it('passes on all that comes, however it is cut and however much was said to come', async () => {
    const steps = fc.integer({ min: 1000, max: 700_000 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 0, max: 2_000_000 }), async (step, size) => {
        const gunzip = createGunzip();
        const feeding = feedJoined(soon(cut(packed, step)), gunzip, size);
        assert.ok((await all(gunzip)).equals(content));
        await feeding;
      }),
      { numRuns: 20 },
    );
  });

  it('frees the chunks that were given to it, and no others', async () => {
    const chunks = [...cut(packed, 60_000)];
    const lent = chunks.filter((_, at) => at % 3 === 0);
    const own = chunks.filter((_, at) => at % 3 !== 0).map(given);
    const gunzip = createGunzip();
    const feeding = feedJoined(soon(chunks), gunzip, packed.length);
    assert.ok((await all(gunzip)).equals(content));
    await feeding;
    assert.ok(own.every(({ length }) => length === 0));
    assert.ok(lent.every(({ length }) => length > 0));
  });

  it('lets a process end whose reader has stopped', async () => {
    // as many timers as before: what waits for its reader does not poll
    const gunzip = createGunzip();
    const feeding = feedJoined(soon(cut(packed, 65_536)), gunzip, packed.length);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout'),
      [],
    );
    assert.ok((await all(gunzip)).equals(content));
    await feeding;
  });

  it('passes on a trickle as it comes', { timeout: 20_000 }, async () => {
    const gunzip = createGunzip({ chunkSize: 4096 });
    let seen = false;
    let sent = 0;
    async function* source(): AsyncGenerator<Buffer> {
      for (const chunk of cut(packed, 1000)) {
        if (!seen) await new Promise((resolve) => setTimeout(resolve, 4));
        if (!seen) sent += chunk.length;
        yield chunk;
      }
    }
    const feeding = feedJoined(source(), gunzip, packed.length);
    for await (const chunk of gunzip as AsyncIterable<Buffer>) seen ||= chunk.length > 0;
    await feeding;
    assert.ok(sent < 300_000, `${sent} bytes came first`);
  });

  it('does not keep what came from a source that lets wait', { timeout: 10_000 }, async () => {
    const reached = Promise.withResolvers<void>();
    const gunzip = createGunzip({ chunkSize: 4096 });
    async function* source(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 20_000);
      await reached.promise;
      yield packed.subarray(20_000);
    }
    const feeding = feedJoined(source(), gunzip, packed.length);
    let seen = 0;
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      seen += chunk.length;
      if (seen > 10_000) reached.resolve();
    }
    await feeding;
    assert.equal(seen, content.length);
  });

  it('reads what comes behind the end of the compressed data to its end', { timeout: 10_000 }, async () => {
    const padding = Buffer.alloc(3_000_000);
    let read = 0;
    function* source(): Generator<Buffer> {
      for (const chunk of cut(Buffer.concat([packed, padding]), 65_536)) {
        read += chunk.length;
        yield chunk;
      }
    }
    const gunzip = createGunzip();
    const feeding = feedJoined(soon(source()), gunzip, packed.length + padding.length);
    assert.ok((await all(gunzip)).equals(content));
    await feeding;
    assert.equal(read, packed.length + padding.length);
  });

  it('ends where nobody reads on, and where the data is broken', { timeout: 10_000 }, async () => {
    const left = createGunzip();
    const leaving = feedJoined(soon(cut(packed, 65_536)), left, packed.length);
    for await (const chunk of left) {
      assert.ok(chunk.length > 0);
      break;
    }
    await leaving;
    const broken = Buffer.from(packed);
    broken.fill(0xff, 700_000, 710_000);
    const gunzip = createGunzip();
    const feeding = feedJoined(soon(cut(broken, 65_536)), gunzip, broken.length);
    await assert.rejects(all(gunzip), { code: 'Z_DATA_ERROR' });
    await feeding;
  });

  it('fails with its source', async () => {
    async function* source(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 600_000);
      throw new Error('broke off');
    }
    const gunzip = createGunzip();
    await assert.rejects(feedJoined(source(), gunzip, packed.length), /broke off/);
    gunzip.destroy();
  });
});
