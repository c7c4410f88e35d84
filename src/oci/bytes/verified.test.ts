import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { digestOf } from '../format/digest.ts';
import { failsWith } from '../testing/fakes.ts';
import { readAll } from './read.ts';
import { verified } from './verified.ts';

const bytes = Buffer.from('content');
const expected = { digest: digestOf(bytes), size: bytes.length };
const of = (...chunks: Buffer[]): Readable => Readable.from(chunks, { objectMode: false });

describe('verified', () => {
  it('passes the bytes on when size and digest are right', async () => {
    assert.deepEqual(await readAll(verified(of(bytes.subarray(0, 3), bytes.subarray(3)), expected, ''), 10, ''), bytes);
  });

  it('keeps an error for whoever reads, however late', async () => {
    const late = verified(of(Buffer.from('c0ntent')), expected, '');
    late.resume();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(readAll(late, 10, ''), failsWith('OCI_DIGEST_MISMATCH'));
  });

  it('ends with its source, also when that ends before its time', async () => {
    const source = new Readable({ read() {} });
    const reading = readAll(verified(source, expected, ''), 10, '');
    source.push(bytes.subarray(0, 2));
    source.destroy();
    await assert.rejects(reading);
    const failing = new Readable({ read() {} });
    const failed = readAll(verified(failing, expected, ''), 10, '');
    failing.destroy(new Error('cable'));
    await assert.rejects(failed, /cable/);
  });

  it('closes its source when the reader leaves', async () => {
    const source = new Readable({ read() {} });
    const stream = verified(source, expected, '');
    stream.destroy();
    await new Promise((resolve) => source.once('close', resolve));
  });
});
