import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAll } from '../../bytes/read.ts';
import { copyBlob } from '../../copy.ts';
import { digestOf } from '../../format/digest.ts';
import type { ImageSource } from '../../source.ts';
import { pseudoRandom } from '../../testing/bytes.ts';
import { cuttingProxy } from '../../testing/cutting.ts';
import { debianRegistry } from '../../testing/debian-registry.ts';
import { holding, lacks } from '../../testing/fakes.ts';
import { type Cleanup, scratch, serve } from '../../testing/images.ts';
import { RegistryClient } from '../client.ts';
import { OpenUploads } from '../uploads.ts';

const MIB = 1 << 20;
const SIZE = 8 * MIB;
/** Headers, and what was under way when a connection broke. */
const SLACK = MIB;

const bytes = pseudoRandom(1, SIZE);
const blob = { digest: digestOf(bytes), size: SIZE };

/** A source that can begin anywhere, and remembers where it did. */
function seekable() {
  const starts: number[] = [];
  const from = async (start: number) => {
    starts.push(start);
    return await holding(bytes.subarray(start)).source.blob({
      digest: digestOf(bytes.subarray(start)),
      size: SIZE - start,
    });
  };
  const source: ImageSource = {
    name: 'test',
    manifest: async () => assert.fail('not asked for'),
    blob: () => from(0),
    blobFrom: (_descriptor, start) => from(start),
  };
  return { source, starts };
}

const REGISTRIES = [
  { name: 'the embedded registry', skip: false, open: async (t: Cleanup) => (await serve(t, await scratch(t))).host },
  { name: "Debian's docker-registry", skip: lacks('docker-registry'), open: debianRegistry },
] as const;

async function ready(client: RegistryClient, host: string): Promise<void> {
  await client.repository(`${host}/a`).hasBlob(blob.digest);
}

describe('an upload whose connection breaks', () => {
  for (const [how, chunkSize] of [
    ['in one request', 16 * MIB],
    ['in chunks', MIB],
  ] as const)
    it(`${how}, twice, goes on at the byte that the registry confirms`, async (t) => {
      const { host: target } = await serve(t, await scratch(t));
      const proxy = await cuttingProxy(t, target, [3.5 * MIB, 6 * MIB]);
      const repository = new RegistryClient({ backoff: 1, chunkSize }).repository(`${proxy.host}/a`);
      const { source, starts } = seekable();
      await copyBlob(source, blob, repository);
      assert.deepEqual(await readAll(await repository.blob(blob), SIZE, ''), bytes);
      assert.ok(proxy.sent() < SIZE + SLACK, `${proxy.sent()} bytes were sent`);
      if (chunkSize > SIZE) {
        // What the registry has is not read again either.
        assert.deepEqual(
          starts,
          [...starts].sort((a, b) => a - b),
        );
        assert.ok(starts[1] !== undefined && starts[1] > 3 * MIB && starts[1] <= 3.5 * MIB, String(starts));
      }
    });

  for (const chunkSize of [16 * MIB, MIB])
    it(`begins anew, and says why, at Debian's docker-registry, which loses count (chunks of ${chunkSize})`, {
      skip: lacks('docker-registry'),
    }, async (t) => {
      const target = await debianRegistry(t);
      await ready(new RegistryClient({ retries: 8, backoff: 50 }), target);
      const proxy = await cuttingProxy(t, target, [3.5 * MIB]);
      const notices: string[] = [];
      const notice = (text: string) => notices.push(text);
      const client = new RegistryClient({ backoff: 20, chunkSize, notice });
      const repository = client.repository(`${proxy.host}/a`);
      await copyBlob(seekable().source, blob, repository);
      assert.deepEqual(await readAll(await repository.blob(blob), SIZE, ''), bytes);
      assert.equal(notices.length, 1);
      assert.match(notices[0] ?? '', /sha256:\w+ is sent anew: .*answered 404: BLOB_UPLOAD_INVALID/);
      const small = pseudoRandom(2, 4 * MIB);
      const cut = await cuttingProxy(t, target, [2 * MIB]);
      const other = client.repository(`${cut.host}/a`);
      await other.putBlob({ digest: digestOf(small), size: small.length }, small);
      assert.ok(await other.hasBlob(digestOf(small)));
    });

  it('does not keep what turned out to be wrong, and is sent whole then', async (t) => {
    const { host: target } = await serve(t, await scratch(t));
    const proxy = await cuttingProxy(t, target, [3 * MIB]);
    const repository = new RegistryClient({ backoff: 1 }).repository(`${proxy.host}/a`);
    const { source, starts } = seekable();
    let tries = 0;
    // The first time its first bytes are others.
    const changing: ImageSource = {
      ...source,
      blob: async (wanted) =>
        tries++ === 0
          ? Readable.from(chunked(Buffer.concat([Buffer.alloc(1), bytes.subarray(1)])), { objectMode: false })
          : await source.blob(wanted),
    };
    await copyBlob(changing, blob, repository);
    assert.deepEqual(await readAll(await repository.blob(blob), SIZE, ''), bytes);
    assert.ok(starts[0] !== undefined && starts[0] > 0, String(starts));
    assert.equal(starts.at(-1), 0);
  });
});

function* chunked(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

describe('an upload whose process is killed', () => {
  for (const { name, skip, open } of REGISTRIES)
    it(`goes on in the next at ${name}`, { skip }, async (t) => {
      const host = await open(t);
      const folder = join(await scratch(t), 'uploads');
      const notices: string[] = [];
      await ready(new RegistryClient({ retries: 8, backoff: 50 }), host);
      const child = spawn(
        process.execPath,
        [
          fileURLToPath(new URL('../../testing/upload-child.ts', import.meta.url)),
          ...[`${host}/a`, folder, 1, SIZE, 3.5 * MIB, MIB].map(String),
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      t.after(async () => void child.kill('SIGKILL'));
      const client = () =>
        OpenUploads.inFolder(folder, new Date()).then(
          (uploads) => new RegistryClient({ uploads, chunkSize: MIB, notice: (text) => notices.push(text) }),
        );
      const whole = async () => {
        const [record] = (existsSync(folder) ? await readdir(folder) : []).filter((file) => file.endsWith('.json'));
        return record === undefined ? 0 : await received(join(folder, record));
      };
      while ((await whole()) < 3 * MIB) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (child.exitCode !== null) assert.fail('the process has ended');
      }
      // While it lives, the upload is its own.
      assert.equal(await (await client()).repository(`${host}/a`).partOfBlob?.(blob.digest), 0);
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
      const { source, starts } = seekable();
      const repository = (await client()).repository(`${host}/a`);
      await copyBlob(source, blob, repository);
      assert.deepEqual(starts, [3 * MIB]);
      assert.match(notices.join('\n'), new RegExp(`goes on at byte ${3 * MIB}\\.$`));
      assert.deepEqual(await readAll(await repository.blob(blob), SIZE, ''), bytes);
      assert.deepEqual(await readdir(folder), []);
    });
});

/** Bytes of the upload of a record. */
async function received(file: string): Promise<number> {
  const { location } = JSON.parse(await readFile(file, 'utf8'));
  const answer = await fetch(location);
  return Number(/-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1] ?? -1) + 1;
}
