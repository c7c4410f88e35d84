import type { Readable } from 'node:stream';
import { messageOf, SlipwayError } from '../../../util/index.ts';
import { Cursor } from '../../bytes/index.ts';
import type { Descriptor } from '../../format/index.ts';
import type { Scope } from '../auth/tokens.ts';
import type { Answer } from '../http/answer.ts';
import { expectStatus } from '../http/expect.ts';
import type { Exchange, Transport } from '../transport.ts';
import type { UploadTrack } from '../uploads.ts';

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
export async function sessionOf(transport: Transport, answer: Answer, image: string): Promise<Session> {
  answer.discard();
  const location = answer.header('location');
  if (location === undefined)
    throw new SlipwayError('OCI_REGISTRY_PROTOCOL', 'the registry opened an upload without saying where.', {
      place: { image },
    });
  const least = Number(answer.header('oci-chunk-min-length'));
  return {
    location: await transport.resolve(location),
    leastChunk: Number.isSafeInteger(least) && least > 0 ? least : 0,
  };
}

/** The registry does not go on with an upload: it does not know it any more, or does not know how. */
const LOST = 'OCI_UPLOAD_LOST';

export function lostUpload(reason: string, image: string, cause?: unknown): SlipwayError {
  const message = `the upload can not be gone on with: ${reason}.`;
  return new SlipwayError(LOST, message, { place: { image }, cause });
}

export function isLost(error: unknown): error is SlipwayError {
  return error instanceof SlipwayError && error.code === LOST;
}

function unknownUpload(status: number): boolean {
  return status === 404 || status === 405;
}

/** Of these the next answer may be another: credentials, a slow request, bytes under way, too many requests. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 416, 429]);

/**
 * Whether a location that is asked for its bytes is no more. A registry, or the storage behind it, says so in many ways:
 * a signature that has expired (403), an identifier that it can not read any more (400), 410.
 */
function goneLocation(status: number): boolean {
  return status >= 400 && status < 500 && !PASSING.has(status);
}

/** One upload of a blob into a session. */
export class Upload {
  readonly #transport: Transport;
  readonly #scope: Scope;
  readonly #image: string;
  readonly #chunk: number;
  readonly #leastChunk: number;
  readonly #track: UploadTrack | undefined;
  #location: URL;

  /** `track` is told where the upload goes on. */
  constructor(transport: Transport, scope: Scope, session: Session, image: string, track?: UploadTrack) {
    this.#transport = transport;
    this.#scope = scope;
    this.#image = image;
    this.#location = session.location;
    this.#track = track;
    this.#leastChunk = session.leastChunk;
    this.#chunk = Math.max(transport.chunkSize, session.leastChunk);
  }

  /**
   * Sends the content from byte `start` on, which the registry confirmed, in one request or in chunks. Memory for chunks:
   * one. Throws `OCI_UPLOAD_LOST` when the upload can not be gone on with; `OCI_DIGEST_MISMATCH` when what the registry
   * had of it was not the beginning of the blob.
   */
  async send(blob: Content, content: Readable | Uint8Array, start = 0): Promise<void> {
    await this.#note();
    const rest = blob.size - start;
    if (content instanceof Uint8Array) await this.#close(blob, { body: content, start });
    else if (rest > CHUNKED_FROM * this.#chunk) await this.#inChunks(blob, content, start);
    else await this.#close(blob, { body: content, start });
  }

  /** Bytes that the registry has, and how it wants to be asked from now on. Throws `OCI_UPLOAD_LOST`. */
  async received(): Promise<number> {
    const answer = await this.#exchange({ method: 'GET', url: this.#location });
    await this.#expect(answer, [204], goneLocation);
    const range = answer.header('range') ?? '';
    const end = /^(?:bytes=)?0-(\d+)$/.exec(range)?.[1];
    if (end === undefined) {
      answer.discard();
      throw this.#lost(`the registry says "${range}" of the bytes that it has`);
    }
    await this.#moved(answer);
    // `0-0` stands for none: no chunk is one byte long.
    return end === '0' ? 0 : Number(end) + 1;
  }

  /** Gives the session up; a registry that does not know how is left to expire it. */
  async cancel(): Promise<void> {
    const answer = await this.#exchange({ method: 'DELETE', url: this.#location });
    answer.discard();
  }

  async #inChunks(blob: Content, content: Readable, from: number): Promise<void> {
    const cursor = new Cursor(content as AsyncIterable<Buffer>);
    try {
      for (let start = from; start < blob.size; ) {
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
    await this.#close(blob, { start: blob.size, resumed: from > 0 });
  }

  /** Sends one chunk; after a failure the registry is asked how much of it arrived. */
  async #patch(chunk: Buffer, start: number): Promise<void> {
    let sent = 0;
    for (let tries = 1; sent < chunk.length; tries++) {
      const rest = chunk.subarray(sent);
      const headers = { ...BYTES, 'content-range': `${start + sent}-${start + chunk.length - 1}` };
      try {
        const answer = await this.#exchange({ method: 'PATCH', url: this.#location, headers, body: rest, once: true });
        if (answer.status !== 416 || tries >= TRIES) await this.#expect(answer, [202, 204]);
        await this.#moved(answer);
        if (answer.status !== 416) return;
      } catch (error) {
        const passing = error instanceof SlipwayError && /^OCI_REGISTRY_(UN|SILENT)/.test(error.code);
        // One connection may die in silence; a registry that takes nothing on the next one either is given up.
        const most = passing && error.code === 'OCI_REGISTRY_SILENT' ? 2 : TRIES;
        if (!passing || tries >= most) throw error;
      }
      sent = (await this.received()) - start;
      if (sent < 0 || sent > chunk.length)
        throw this.#lost(`the registry has ${start + sent} bytes of it, not ${start}`);
    }
  }

  async #close(
    { digest, size }: Content,
    { body, start, resumed = start > 0 }: { body?: Uint8Array | Readable; start: number; resumed?: boolean },
  ): Promise<void> {
    // The location is not taken apart: it may carry the registry's own parameters.
    const url = new URL(`${this.#location.href}${this.#location.search === '' ? '?' : '&'}digest=${digest}`);
    const length = body === undefined ? 0 : size - start;
    const range = start > 0 && length > 0 ? { 'content-range': `${start}-${size - 1}` } : {};
    const headers = { ...BYTES, ...range, 'content-length': String(length) };
    const answer = await this.#exchange({ method: 'PUT', url, headers, body });
    if (resumed && answer.status === 400) {
      const message = `the registry refuses the content that was sent in parts as not being ${digest}.`;
      answer.discard();
      throw new SlipwayError('OCI_DIGEST_MISMATCH', message, { place: { image: this.#image } });
    }
    await this.#expect(answer, [201, 204]);
    answer.discard();
  }

  /** Of an upload, 404 and the like do not mean that something is missing, but that it has to begin anew. */
  async #expect(answer: Answer, statuses: readonly number[], lost = unknownUpload): Promise<void> {
    try {
      await expectStatus(answer, statuses, this.#image);
    } catch (error) {
      if (lost(answer.status)) throw this.#lost(messageOf(error).replace(/\.$/, ''), error);
      if (answer.status !== 416) throw error;
      // Bytes that were still on their way when it was asked have arrived since: it is asked again.
      const message = 'the registry has another part of the upload than it said.';
      throw new SlipwayError('OCI_REGISTRY_UNAVAILABLE', message, { place: { image: this.#image }, cause: error });
    }
  }

  #lost(reason: string, cause?: unknown): SlipwayError {
    return lostUpload(reason, this.#image, cause);
  }

  async #note(): Promise<void> {
    await this.#track?.moved({ location: this.#location.href, leastChunk: this.#leastChunk });
  }

  async #exchange(exchange: Omit<Exchange, 'scope'>): Promise<Answer> {
    return await this.#transport.send({ ...exchange, scope: this.#scope });
  }

  async #moved(answer: Answer): Promise<void> {
    answer.discard();
    const location = answer.header('location');
    if (location === undefined) return;
    this.#location = await this.#transport.resolve(location);
    await this.#note();
  }
}
