import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/** So much of a body that nobody wants is read all the same: the connection can then be used again. */
const DRAINED_BYTES = 64 << 10;
const DRAINED_MS = 2000;

/** What a server answered: status, header fields, and a body that is read once, or discarded. */
export class Answer {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
  }

  get status(): number {
    return this.#message.statusCode ?? 0;
  }

  /** A header field, by its name in lower case; several of one name are joined by commas (RFC 9110 § 5.2). */
  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** Chunks as they come from the connection, at most 64 KiB each. It fails when the connection breaks. */
  get body(): Readable {
    return this.#message;
  }

  /** Passes over the body. One that is long, or slow to end, closes its connection. */
  discard(): void {
    const message = this.#message;
    if (message.readableEnded || message.destroyed) return;
    let left = DRAINED_BYTES;
    const timer = setTimeout(() => message.destroy(), DRAINED_MS);
    message.once('close', () => clearTimeout(timer));
    // Whatever happens to it now is of no interest.
    message.on('error', () => {});
    message.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) message.destroy();
    });
  }
}
