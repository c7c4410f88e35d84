import * as plain from 'node:http';
import * as secure from 'node:https';
import type { Readable } from 'node:stream';
import { SlipwayError } from '../../../util/index.ts';
import { Answer } from './answer.ts';
import { CONNECTIONS } from './connections.ts';
import { Silence } from './stall.ts';

/** Milliseconds until a connection must stand; a host that is switched off does not refuse. */
const CONNECT_MS = 10_000;

export interface Call {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream must bring as many bytes as the header `content-length` states. It is destroyed when it is not needed any more. */
  readonly body?: Uint8Array | Readable | undefined;
  /** Milliseconds in which the server must answer, or take more of the body. */
  readonly wait: number;
  /** Ends the request while it waits for its answer, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

function open(url: URL, { method, headers }: Call): plain.ClientRequest {
  // Credentials in an address are whoever's who made it, and would go to its host.
  if (url.username !== '' || url.password !== '') throw new Error(`the address of ${url.host} has credentials in it`);
  if (url.protocol === 'https:') return secure.request(url, { method, headers, agent: CONNECTIONS.https });
  if (url.protocol === 'http:') return plain.request(url, { method, headers, agent: CONNECTIONS.http });
  throw new Error(`"${url.protocol}" is not the protocol of a registry`);
}

/**
 * One request over `node:http`, whose cost is half of that of fetch: no copy of a body is kept to send it again, and
 * answers come without a second kind of streams around them. No redirection is followed, and nothing is decompressed.
 * Throws what the connection throws.
 */
export async function request(url: URL, call: Call): Promise<Answer> {
  const { body, wait, signal } = call;
  let sent: plain.ClientRequest;
  try {
    sent = open(url, call);
  } catch (error) {
    if (body !== undefined && !(body instanceof Uint8Array)) body.destroy();
    throw error;
  }
  const patience = setTimeout(() => sent.destroy(new Silence(wait)), wait);
  const stop = (): void => void sent.destroy(signal?.reason);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const answered = (): void => {
    clearTimeout(patience);
    signal?.removeEventListener('abort', stop);
  };
  sent.once('close', answered);
  sent.once('socket', (socket) => {
    if (!socket.connecting) return;
    const late = (): void => void sent.destroy(new Error(`no connection within ${CONNECT_MS} ms`));
    const connecting = setTimeout(late, CONNECT_MS);
    for (const event of ['connect', 'close'] as const) socket.once(event, () => clearTimeout(connecting));
  });
  return await new Promise((resolve, reject) => {
    sent.once('response', (message) => {
      answered();
      // An answer before the end of what is sent is a refusal: the rest need not be sent.
      if (!sent.writableEnded) message.once('close', () => sent.destroy());
      resolve(new Answer(message));
    });
    // Also for what goes wrong behind the answer, of which its body tells.
    sent.on('error', reject);
    // A server that changes the protocol (101) is left without a word.
    sent.once('close', () => reject(new Error('the connection was closed without an answer')));
    if (body === undefined || body instanceof Uint8Array) sent.end(body);
    else send(sent, body, Number(call.headers['content-length']), () => patience.refresh());
  });
}

/** Sends a stream of `length` bytes; `alive` is called for each piece that the server takes. */
function send(sent: plain.ClientRequest, body: Readable, length: number, alive: () => void): void {
  let passed = 0;
  let answered = false;
  const fail = (error: Error): void => {
    if (!answered) sent.destroy(error);
  };
  body.on('data', (chunk: Buffer) => {
    alive();
    passed += chunk.length;
    if (passed > length) fail(mismatch('OCI_DIGEST_MISMATCH', `has more than its ${length} bytes`));
    else if (!sent.write(chunk)) body.pause();
  });
  body.once('end', () => {
    if (passed < length) fail(mismatch('OCI_BLOB_TRUNCATED', `ends after ${passed} of ${length} bytes`));
    else if (!answered) sent.end();
  });
  body.once('error', fail);
  body.once('close', () => {
    if (!body.readableEnded) fail(new Error('what was to be sent was taken away'));
  });
  sent.on('drain', () => void body.resume());
  sent.once('response', () => {
    answered = true;
    body.destroy();
  });
  sent.once('close', () => void body.destroy());
}

function mismatch(code: 'OCI_DIGEST_MISMATCH' | 'OCI_BLOB_TRUNCATED', what: string): SlipwayError {
  return new SlipwayError(code, `the content that is to be sent ${what}.`);
}
