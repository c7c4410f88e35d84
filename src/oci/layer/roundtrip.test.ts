import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { holding } from '../testing/fakes.ts';
import { readLayer } from './reader.ts';
import { type NewEntry, writeTar } from './writer.ts';

/** Parts of paths: ASCII, other letters, and some longer than the fields of a header. */
const part = fc.oneof(
  fc.stringMatching(/^[a-z0-9_-]{1,12}$/),
  fc.stringMatching(/^[äöü€𝄞x ]{1,5}$/u),
  fc.integer({ min: 80, max: 180 }).map((length) => 'n'.repeat(length)),
);
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const common = { path, mode: fc.integer({ min: 0, max: 0o7777 }), mtime: fc.integer({ min: 0, max: 2 ** 33 - 1 }) };
const entry: fc.Arbitrary<NewEntry> = fc.oneof(
  fc.record({ ...common, type: fc.constant('file' as const), content: fc.uint8Array({ maxLength: 1500 }) }),
  fc.record({ ...common, type: fc.constant('directory' as const) }),
  fc.record({ ...common, type: fc.constantFrom('symlink' as const, 'hardlink' as const), linkname: path }),
);

describe('writeTar and readLayer', () => {
  it('are each other’s inverse, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), fc.integer({ min: 1, max: 2000 }), async (entries, step) => {
        const { source, descriptor } = holding(writeTar(entries), {}, step);
        const read: unknown[] = [];
        for await (const { path, type, mode, mtime, linkname, bytes } of streamed(source, descriptor))
          read.push({ path, type, mode, mtime, linkname, content: bytes.toString('hex') });
        const written = entries.map(({ path, type, mode, mtime, linkname, content = new Uint8Array() }) => {
          return { path, type, mode, mtime, linkname, content: Buffer.from(content).toString('hex') };
        });
        assert.deepEqual(read, written);
      }),
      { numRuns: 150 },
    );
  });
});

async function* streamed(...[source, descriptor]: Parameters<typeof readLayer>) {
  for await (const entry of readLayer(source, descriptor)) {
    const { path, type, mode, mtime, linkname } = entry;
    yield { path, type, mode, mtime, linkname, bytes: await entry.bytes(2000) };
  }
}
