// Helpers of this room's tests: servers that misbehave, sources that hold one blob.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';
import { verified } from '../bytes/verified.ts';
import { type Digest, digestOf } from '../format/digest.ts';
import { MEDIA } from '../format/media.ts';
import type { ImageSource } from '../source.ts';
import type { Cleanup } from './images.ts';

/** For a test's `skip`: the reason, when a program is not here. */
export const lacks = (program: string): string | false =>
  existsSync(`/usr/bin/${program}`) ? false : `${program} is not installed`;

/** For assert.rejects: an error with this code, whose description matches. */
export const failsWith =
  (code: string, pattern = /./) =>
  (error: unknown): true => {
    assert.ok(error instanceof SlipwayError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.describe(), pattern);
    return true;
  };

/** Answers every request by a function; closed when the test ends. Returns `host:port`. */
export async function fake(
  t: Cleanup,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

/** `host:port` where nobody listens. */
export async function nobody(): Promise<string> {
  const ends: (() => Promise<void>)[] = [];
  const host = await fake({ after: (end) => ends.push(end) }, () => {});
  for (const end of ends) await end();
  return host;
}

/** Whole body of a request. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A source of one blob, which may state another size or digest than it has; read in chunks of `step` bytes. */
export function holding(bytes: Uint8Array, stated: { digest?: Digest; size?: number } = {}, step = 65_536) {
  const descriptor = { mediaType: MEDIA.dockerLayer, digest: digestOf(bytes), size: bytes.length, ...stated };
  function* pieces(): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const source: ImageSource = {
    name: 'test',
    manifest: async () => assert.fail('not asked for'),
    blob: async (wanted) => verified(Readable.from(pieces(), { objectMode: false }), wanted, 'test'),
  };
  return { source, descriptor };
}
