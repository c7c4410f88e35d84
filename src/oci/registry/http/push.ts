import type { Readable } from 'node:stream';
import {
  type Digest,
  isDigest,
  isIndexType,
  isRepositoryName,
  parseDigest,
  parseIndex,
  parseManifest,
} from '../../format/index.ts';
import { MAX_MANIFEST } from '../storage/repository.ts';
import type { Call, Handler } from './call.ts';
import { parseChunkRange } from './range.ts';
import { ProtocolError } from './routes.ts';

/**
 * The whole body of a request. One that is too large is still read to its end, unkept: a client that is busy sending
 * would not see the answer otherwise.
 */
async function readBody(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (size > limit) throw new ProtocolError(413, 'SIZE_INVALID', `the manifest is larger than ${limit} bytes`);
  return Buffer.concat(chunks);
}

function location(repository: string, rest: string): string {
  return `/v2/${repository}/blobs/${rest}`;
}

/** `Range: 0-99` of what was received; the distribution API says `0-0` for nothing. */
function receivedRange(bytes: number): string {
  return `0-${Math.max(0, bytes - 1)}`;
}

function digestParameter(call: Call): Digest {
  const text = call.query.digest;
  if (text === undefined || !isDigest(text))
    throw new ProtocolError(400, 'DIGEST_INVALID', 'the digest parameter is missing or not a digest');
  return text;
}

/**
 * The body of a request. When who stores it gives up, the rest is read and dropped, as a client that is busy sending
 * would not see the answer.
 */
async function* chunksOf(body: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } finally {
    body.resume();
  }
}

/** Appends the body of a request, whose Content-Range, if any, must continue where the upload stands. */
async function append(call: Call, repository: string, id: string, before: number): Promise<number> {
  const { 'content-range': header, 'content-length': length } = call.request.headers;
  if (header !== undefined) {
    const range = parseChunkRange(header);
    if (range && length !== undefined && Number(length) !== range.end - range.start + 1)
      throw new ProtocolError(400, 'SIZE_INVALID', `a chunk of ${length} bytes does not span ${header}`);
    if (!range || range.start !== before) {
      throw new ProtocolError(416, 'BLOB_UPLOAD_INVALID', `the chunk does not continue at byte ${before}`, {
        range: receivedRange(before),
        location: location(repository, `uploads/${id}`),
      });
    }
  }
  return await call.store.uploads.append(id, chunksOf(call.body));
}

/**
 * Takes a blob over from a repository, or from any when none is named. What the client may not read there is as if it
 * were not there: `false`, and an ordinary upload begins (distribution-spec 1.1, § Mounting a blob).
 */
async function mounted({ store, mayPull }: Call, repository: string, digest: Digest, from?: string): Promise<boolean> {
  const readable = (name: string): boolean => isRepositoryName(name) && mayPull(name);
  const source = from ?? (await store.holderOf(digest, readable));
  if (source === undefined || !readable(source)) return false;
  return await store.repository(repository).mountBlob(digest, source);
}

/** Pushing (distribution-spec 1.1, § Push). */
export const pushHandlers: {
  readonly begin: Handler;
  readonly status: Handler;
  readonly chunk: Handler;
  readonly finish: Handler;
  readonly cancel: Handler;
  readonly manifest: Handler;
} = {
  async begin(call, { repository }) {
    const { store, request, reply } = call;
    const { mount, from, digest } = call.query;
    if (mount !== undefined && (await mounted(call, repository, parseDigest(mount), from)))
      return reply
        .code(201)
        .header('location', location(repository, mount))
        .header('docker-content-digest', mount)
        .send();
    if (digest !== undefined) {
      const length = request.headers['content-length'];
      await store
        .repository(repository)
        .writeBlob(digestParameter(call), chunksOf(call.body), length === undefined ? undefined : Number(length));
      return reply
        .code(201)
        .header('location', location(repository, digest))
        .header('docker-content-digest', digest)
        .send();
    }
    const id = await store.uploads.begin(repository);
    return reply
      .code(202)
      .header('location', location(repository, `uploads/${id}`))
      .header('docker-upload-uuid', id)
      .header('range', receivedRange(0))
      .send();
  },

  async status({ store, reply }, { repository, reference }) {
    const bytes = await store.uploads.settled(reference, repository);
    return reply
      .code(204)
      .header('location', location(repository, `uploads/${reference}`))
      .header('docker-upload-uuid', reference)
      .header('range', receivedRange(bytes))
      .send();
  },

  async chunk(call, { repository, reference }) {
    const bytes = await call.store.uploads.alone(reference, repository, call.body, (received) =>
      append(call, repository, reference, received),
    );
    return call.reply
      .code(202)
      .header('location', location(repository, `uploads/${reference}`))
      .header('docker-upload-uuid', reference)
      .header('range', receivedRange(bytes))
      .send();
  },

  async finish(call, { repository, reference }) {
    const digest = digestParameter(call);
    const { uploads } = call.store;
    await uploads.alone(reference, repository, call.body, async (received) => {
      await append(call, repository, reference, received);
      await uploads.finish(reference, digest);
      await call.store.repository(repository).linkBlob(digest);
    });
    return call.reply
      .code(201)
      .header('location', location(repository, digest))
      .header('docker-content-digest', digest)
      .send();
  },

  async cancel({ store, reply, body }, { repository, reference }) {
    await store.uploads.alone(reference, repository, body, () => store.uploads.cancel(reference));
    return reply.code(204).send();
  },

  async manifest({ store, request, reply, body }, { repository, reference }) {
    const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
    const bytes = await readBody(body, MAX_MANIFEST);
    const digest = await store.repository(repository).putManifest(reference, mediaType, bytes);
    const { subject } = (isIndexType(mediaType) ? parseIndex : parseManifest)(bytes, {});
    if (subject) reply.header('oci-subject', subject.digest);
    return reply
      .code(201)
      .header('location', `/v2/${repository}/manifests/${digest}`)
      .header('docker-content-digest', digest)
      .send();
  },
};

/** Deleting (distribution-spec 1.1, § Content Management). */
export const deleteHandlers: { readonly manifest: Handler; readonly blob: Handler } = {
  async manifest({ store, reply }, { repository, reference }) {
    const local = store.repository(repository);
    await (isDigest(reference) ? local.deleteManifest(reference) : local.deleteTag(reference));
    return reply.code(202).send();
  },
  async blob({ store, reply }, { repository, reference }) {
    await store.repository(repository).deleteBlob(parseDigest(reference));
    return reply.code(202).send();
  },
};
