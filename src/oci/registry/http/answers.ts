import type { FastifyReply } from 'fastify';
import { isDigest, isTag, MEDIA, parseDigest } from '../../format/index.ts';
import type { Call, Handler } from './call.ts';
import { parseRange } from './range.ts';
import { ProtocolError } from './routes.ts';

export const PAGE_HEADER = 'link';
const IMMUTABLE = 'public, max-age=31536000, immutable';
const DEFAULT_PAGE = 1000;

/** One page of sorted names after `last`, with the Link to the next (distribution-spec 1.1, § Listing Tags). */
function page(call: Call, names: readonly string[], path: string): readonly string[] {
  const { n, last } = call.query;
  if (n !== undefined && !/^\d{1,9}$/.test(n))
    throw new ProtocolError(400, 'PAGINATION_NUMBER_INVALID', 'n is not a number');
  const size = n === undefined ? DEFAULT_PAGE : Number(n);
  const rest = last === undefined ? names : names.filter((name) => name > last);
  const found = rest.slice(0, size);
  const end = found.at(-1);
  if (rest.length > found.length && end !== undefined)
    call.reply.header(PAGE_HEADER, `<${path}?n=${size}&last=${encodeURIComponent(end)}>; rel="next"`);
  return found;
}

/** Whether If-None-Match names this digest (RFC 9110 § 13.1.2): a list of tags, weak ones too, or `*`. */
function namesTag(header = '', digest: string): boolean {
  const ours = ['*', `"${digest}"`, `W/"${digest}"`];
  return header.split(',').some((tag) => ours.includes(tag.trim()));
}

/** Content by digest or tag. */
export const deliver: { readonly manifest: Handler; readonly blob: Handler } = {
  async manifest({ store, reply, request }, { repository, reference }) {
    if (!isDigest(reference) && !isTag(reference))
      throw new ProtocolError(404, 'MANIFEST_UNKNOWN', `"${reference}" is neither a tag nor a digest`);
    const { digest, mediaType, bytes } = await store.repository(repository).manifest(reference);
    reply
      .header('docker-content-digest', digest)
      .header('etag', `"${digest}"`)
      .header('cache-control', isDigest(reference) ? IMMUTABLE : 'no-cache');
    if (namesTag(request.headers['if-none-match'], digest)) return reply.code(304).send();
    reply.header('content-type', mediaType).header('content-length', bytes.length);
    return request.method === 'HEAD' ? reply.send() : reply.send(Buffer.from(bytes));
  },

  async blob({ store, reply, request }, { repository, reference }) {
    const digest = parseDigest(reference);
    const local = store.repository(repository);
    const size = await local.blobSize(digest);
    if (size === undefined) throw new ProtocolError(404, 'BLOB_UNKNOWN', `the repository has no ${digest}`);
    reply
      .header('docker-content-digest', digest)
      .header('etag', `"${digest}"`)
      .header('cache-control', IMMUTABLE)
      .header('accept-ranges', 'bytes')
      .header('content-type', 'application/octet-stream');
    if (namesTag(request.headers['if-none-match'], digest)) return reply.code(304).send();
    const { range: asked, 'if-range': same = `"${digest}"` } = request.headers;
    // RFC 9110 § 14.2: ranges are for GET alone, and for the content that If-Range names.
    const range = request.method === 'GET' && same === `"${digest}"` ? parseRange(asked, size) : undefined;
    if (range === 'unsatisfiable')
      throw new ProtocolError(416, 'RANGE_INVALID', `the blob has ${size} bytes`, {
        'content-range': `bytes */${size}`,
      });
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${size}`);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    reply.header('content-length', end - start + 1);
    return request.method === 'HEAD' ? reply.send() : reply.send(local.rawBlob(digest, { start, end }));
  },
};

export const list: {
  readonly tags: Handler;
  readonly referrers: Handler;
  catalog(call: Call, visible: (repository: string) => boolean): Promise<FastifyReply>;
} = {
  async tags(call, { repository }) {
    const tags = await call.store.repository(repository).tags();
    if (tags.length === 0 && !(await call.store.repository(repository).exists()))
      throw new ProtocolError(404, 'NAME_UNKNOWN', `there is no repository ${repository}`);
    return call.reply
      .type('application/json')
      .send({ name: repository, tags: page(call, tags, `/v2/${repository}/tags/list`) });
  },

  async referrers({ store, query, reply }, { repository, reference }) {
    const { artifactType } = query;
    const manifests = await store.repository(repository).referrers(parseDigest(reference), artifactType);
    if (artifactType !== undefined) reply.header('oci-filters-applied', 'artifactType');
    return reply
      .header('content-type', MEDIA.ociIndex)
      .send(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests })));
  },

  async catalog(call, visible) {
    const repositories = (await call.store.repositories()).filter(visible);
    return call.reply.type('application/json').send({ repositories: page(call, repositories, '/v2/_catalog') });
  },
};
