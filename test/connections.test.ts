// The registry client's connections, which share a buffer: what comes over several at once is not mixed up.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { digestOf, type ImageSource, MEDIA, RegistryClient, readLayer, writeLayer } from '../src/oci/index.ts';
import { pseudoRandom } from '../src/oci/testing/bytes.ts';
import { lacks, temporaryFolder } from './support/clone.ts';
import { certificate, onLoopback, secure } from './support/tls.ts';

const FILES = Array.from({ length: 6 }, (_, index) => pseudoRandom(index, 900_000 + index * 77_777));
const LAYERS = FILES.map((content) =>
  writeLayer([{ path: 'usr/bin/program', type: 'file', mode: 0o755, mtime: 1, content }]),
);

/** Gives each blob in pieces, with pauses between them, so that all come at the same time. */
const answer: RequestListener = (request, response) => {
  const blob = LAYERS.find(({ digest }) => request.url?.endsWith(digest));
  if (blob === undefined) return void response.writeHead(request.url === '/v2/' ? 200 : 404).end();
  response.writeHead(200, { 'content-length': blob.size });
  let at = 0;
  const more = (): void => {
    const step = 10_000 + ((at * 7) % 90_000);
    const piece = blob.bytes.subarray(at, at + step);
    at += step;
    if (at >= blob.size) response.end(piece);
    else response.write(piece, () => setImmediate(more));
  };
  more();
};

async function readAtOnce(source: ImageSource): Promise<void> {
  // twice: connections are used again
  for (const round of [1, 2])
    await Promise.all(
      LAYERS.map(async ({ digest, size }, index) => {
        for await (const entry of readLayer(source, { mediaType: MEDIA.dockerLayer, digest, size })) {
          const content = await entry.bytes(2 << 20);
          assert.equal(digestOf(content), digestOf(FILES[index] ?? Buffer.alloc(0)), `layer ${index}, round ${round}`);
        }
      }),
    );
}

describe('connections to registries', () => {
  it('bring layers side by side', async (t) => {
    await readAtOnce(new RegistryClient().repository(`${await onLoopback(t, createServer(answer))}/a`));
  });

  it('bring them over TLS', { skip: lacks('openssl') }, async (t) => {
    const tls = await certificate(await temporaryFolder(t));
    setDefaultCACertificates([...getCACertificates('default'), tls.cert.toString()]);
    const host = await secure(t, tls, answer);
    await readAtOnce(new RegistryClient({ loopbackTls: true }).repository(`${host}/a`));
  });
});
