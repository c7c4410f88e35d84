// Servers over TLS, with a certificate that signs itself.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { run } from './clone.ts';

type Certificate = Awaited<ReturnType<typeof certificate>>;

/** A certificate for 127.0.0.1 that signs itself; PEM. */
export async function certificate(folder: string) {
  const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  const made = run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
  ]);
  assert.equal(made.code, 0, made.stderr);
  return { file: cert, key: await readFile(key), cert: await readFile(cert) };
}

/** Serves over TLS; closed with the test. */
export async function secure(
  t: { after(work: () => void): void },
  { key, cert }: Certificate,
  connected: Parameters<typeof createServer>[1],
): Promise<string> {
  return await onLoopback(t, createServer({ key, cert }, connected));
}

/** Listens on loopback; closed with the test. `host:port`. */
export async function onLoopback(t: { after(work: () => void): void }, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `127.0.0.1:${address.port}`;
}

/** A server over TLS that hands on what it is asked for to a plain one; `host:port`. */
export async function secureFront(
  t: { after(work: () => void): void },
  tls: Certificate,
  host: string,
): Promise<string> {
  return await secure(t, tls, (request, response) => {
    void fetch(`http://${host}${request.url}`, { headers: { accept: request.headers.accept ?? '*/*' } }).then(
      async (answer) => {
        const body = Buffer.from(await answer.arrayBuffer());
        response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body);
      },
    );
  });
}
