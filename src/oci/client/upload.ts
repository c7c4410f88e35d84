import type { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';
import { Cursor } from '../cursor.ts';
import type { Descriptor } from '../manifest.ts';
import { expectStatus } from './answer.ts';
import type { Scope } from './tokens.ts';
import type { Exchange, Transport } from './transport.ts';

type Content = Pick<Descriptor, 'digest' | 'size'>;

/** Tries in a row to send one chunk. */
const TRIES = 4;
/** Blobs of more than so many chunks are sent in chunks: a broken connection then costs a chunk, not the blob. */
const CHUNKED_FROM = 4;
const BYTES = { 'content-type': 'application/octet-stream' } as const;

/** An upload session that a registry opened. */
export interface Session {
  readonly location: URL;
  /** Least bytes of a chunk but the last (distribution-spec 1.1, § Pushing a blob in chunks). */
  readonly leastChunk: number;
}

/** Opens a session from the answer to `POST …/blobs/uploads/`. */
export async function sessionOf(transport: Transport, answer: Response, image: string): Promise<Session> {
  await answer.body?.cancel();
  const location = answer.headers.get('location');
  if (location === null)
    throw new SlipwayError('OCI_REGISTRY_PROTOCOL', 'the registry opened an upload without saying where.', {
      place: { image },
    });
  const least = Number(answer.headers.get('oci-chunk-min-length'));
  return {
    location: await transport.resolve(location),
    leastChunk: Number.isSafeInteger(least) && least > 0 ? least : 0,
  };
}

/** One upload of a blob into a session. */
export class Upload {
  readonly #transport: Transport;
  readonly #scope: Scope;
  readonly #image: string;
  readonly #chunk: number;
  #location: URL;

  constructor(transport: Transport, scope: Scope, session: Session, image: string) {
    this.#transport = transport;
    this.#scope = scope;
    this.#image = image;
    this.#location = session.location;
    this.#chunk = Math.max(transport.chunkSize, session.leastChunk);
  }

  /** Sends the content, in one request or in chunks. Memory for chunks: one. */
  async send(blob: Content, content: Readable | Uint8Array): Promise<void> {
    if (content instanceof Uint8Array) await this.#close(blob, content);
    else if (blob.size > CHUNKED_FROM * this.#chunk) await this.#inChunks(blob, content);
    else await this.#close(blob, content, blob.size);
  }

  /** Gives the session up; a registry that does not know how is left to expire it. */
  async cancel(): Promise<void> {
    const answer = await this.#exchange({ method: 'DELETE', url: this.#location });
    await answer.body?.cancel();
  }

  async #inChunks(blob: Content, content: Readable): Promise<void> {
    const cursor = new Cursor(content as AsyncIterable<Buffer>);
    try {
      for (let start = 0; start < blob.size; ) {
        const length = Math.min(this.#chunk, blob.size - start);
        if (!(await cursor.gather(length)))
          throw new SlipwayError(
            'OCI_BLOB_TRUNCATED',
            `the content ${blob.digest} ends before its ${blob.size} bytes.`,
            { place: { image: this.#image } },
          );
        await this.#patch(cursor.take(length), start);
        start += length;
      }
      // Reading on to the end lets a source that checks its bytes report that they are wrong.
      if (await cursor.more())
        throw new SlipwayError('OCI_DIGEST_MISMATCH', `the content ${blob.digest} has more than ${blob.size} bytes.`, {
          place: { image: this.#image },
        });
    } finally {
      content.destroy();
    }
    await this.#close(blob);
  }

  /** Sends one chunk; after a failure the registry is asked how much of it arrived. */
  async #patch(chunk: Buffer, start: number): Promise<void> {
    let sent = 0;
    for (let tries = 1; sent < chunk.length; tries++) {
      const rest = chunk.subarray(sent);
      const headers = { ...BYTES, 'content-range': `${start + sent}-${start + chunk.length - 1}` };
      try {
        const answer = await this.#exchange({ method: 'PATCH', url: this.#location, headers, body: rest, once: true });
        if (answer.status !== 416 || tries >= TRIES) await expectStatus(answer, [202, 204], this.#image);
        await this.#moved(answer);
        if (answer.status !== 416) return;
      } catch (error) {
        const passing = error instanceof SlipwayError && /^OCI_REGISTRY_UN/.test(error.code);
        if (!passing || tries >= TRIES) throw error;
      }
      sent = (await this.#received()) - start;
      if (sent < 0 || sent > chunk.length)
        throw new SlipwayError('OCI_REGISTRY_PROTOCOL', 'the registry lost a part of the upload.', {
          place: { image: this.#image },
        });
    }
  }

  /** Bytes that the registry has. `0-0` stands for none: no chunk is one byte long. */
  async #received(): Promise<number> {
    const answer = await this.#exchange({ method: 'GET', url: this.#location });
    await expectStatus(answer, [204], this.#image);
    await this.#moved(answer);
    const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1] ?? '0');
    return last === 0 ? 0 : last + 1;
  }

  async #close(
    blob: Content,
    body?: Uint8Array | Readable,
    length = body instanceof Uint8Array ? body.length : 0,
  ): Promise<void> {
    // The location is not taken apart: it may carry the registry's own parameters.
    const url = new URL(`${this.#location.href}${this.#location.search === '' ? '?' : '&'}digest=${blob.digest}`);
    const answer = await this.#exchange({
      method: 'PUT',
      url,
      headers: { ...BYTES, 'content-length': String(length) },
      body,
    });
    await expectStatus(answer, [201, 204], this.#image);
    await answer.body?.cancel();
  }

  async #exchange(exchange: Omit<Exchange, 'scope'>): Promise<Response> {
    return await this.#transport.send({ ...exchange, scope: this.#scope });
  }

  async #moved(answer: Response): Promise<void> {
    await answer.body?.cancel();
    const location = answer.headers.get('location');
    if (location !== null) this.#location = await this.#transport.resolve(location);
  }
}
