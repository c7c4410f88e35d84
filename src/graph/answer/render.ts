import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  constants,
  gzip,
  gzipSync,
  type ZlibOptions,
  type ZstdOptions,
  zstdCompress,
  zstdCompressSync,
} from 'node:zlib';
import { sha256Hex } from '../../util/index.ts';
import type { CompiledGraph, GraphAnswer, GraphProtocolError, GraphQuery } from '../types.ts';
import { answerGraph } from './answer.ts';
import { errorBody, negotiateAccept, negotiateEncoding, parseGraphQuery } from './protocol.ts';

/** An answer ready for the wire: its bytes plain and compressed, and what their entity tags are built from. */
export interface RenderedAnswer {
  readonly identity: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
  readonly zstd: Buffer;
  /** SHA-256 of the plain bytes, hex. */
  readonly sha256: string;
}

// level 9 is three per cent smaller and takes four times as long
const GZIP = { level: 6 };
// quality 5 takes about as long as gzip and is smaller; 11 would take seconds for a large answer
const brotli = (size: number) => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: size },
});
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

/** Canonical JSON of an answer. */
export function answerBytes(answer: GraphAnswer): Buffer {
  return Buffer.from(JSON.stringify(answer));
}

/** Serialises and compresses an answer once, so that serving it costs a write. */
export function renderAnswer(answer: GraphAnswer): RenderedAnswer {
  return renderBytes(answerBytes(answer));
}

function renderBytes(identity: Buffer): RenderedAnswer {
  return {
    identity,
    gzip: gzipSync(identity, GZIP),
    br: brotliCompressSync(identity, brotli(identity.length)),
    zstd: zstdCompressSync(identity, ZSTD),
    sha256: sha256Hex(identity),
  };
}

/** The same on zlib's threads, for many answers at once: equal bytes. */
export async function compressAnswer(identity: Buffer, sha256: string): Promise<RenderedAnswer> {
  const [gzipped, br, zstd] = await Promise.all([
    promisify<Buffer, ZlibOptions, Buffer>(gzip)(identity, GZIP),
    promisify<Buffer, BrotliOptions, Buffer>(brotliCompress)(identity, brotli(identity.length)),
    promisify<Buffer, ZstdOptions, Buffer>(zstdCompress)(identity, ZSTD),
  ]);
  return { identity, gzip: gzipped, br, zstd, sha256 };
}

/** Answers rendered before, by the SHA-256 of their bytes: a graph that was compiled anew mostly says the same. */
export type RenderCache = Map<string, RenderedAnswer>;

/**
 * Rendered answers of a compiled graph, each made when first asked for. Holds at most one for every channel and
 * architecture of the graph and one empty answer, however many others are asked for. `before` are those of the graph
 * that this one replaces.
 */
export function renderedAnswers(
  compiled: CompiledGraph,
  before: RenderCache = new Map(),
): { (query: GraphQuery): RenderedAnswer; readonly cache: RenderCache } {
  const channels = new Set(compiled.channels);
  const rendered = new Map<string, RenderedAnswer>();
  const cache: RenderCache = new Map();
  const answers = (query: GraphQuery): RenderedAnswer => {
    const known = channels.has(query.channel) && compiled.architectures.has(query.arch);
    const key = known ? `${query.channel} ${query.arch}` : '';
    const ready = rendered.get(key);
    if (ready !== undefined) return ready;
    const identity = answerBytes(answerGraph(compiled, query));
    const answer = before.get(sha256Hex(identity)) ?? renderBytes(identity);
    rendered.set(key, answer);
    cache.set(answer.sha256, answer);
    return answer;
  };
  return Object.assign(answers, { cache });
}

export interface GraphRequest {
  /** The query without its question mark. */
  readonly query: string | URLSearchParams;
  readonly accept?: string | undefined;
  readonly acceptEncoding?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

export interface GraphResponse {
  readonly status: 200 | 304 | GraphProtocolError['status'];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const VARY = 'Accept, Accept-Encoding';
/** Any page may read the graph, as upstream allows (update-graph § 1.1). */
export const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-expose-headers': 'ETag',
} as const;

/**
 * Answers a GET of `/graph` or `/v1/graph`; the server only wires it (update-graph § 1.2–1.5, § 8.4). What it answers
 * is made once for each answer, media type and coding: equal answers are the same object, which the server may key on.
 */
export function graphResponder(
  answers: (query: GraphQuery) => RenderedAnswer,
): (request: GraphRequest) => GraphResponse {
  const negotiate = remembering(negotiation);
  const ready = new WeakMap<RenderedAnswer, Map<Negotiated, Responses>>();
  return (request) => {
    const negotiated = negotiate(request.accept ?? '', request.acceptEncoding ?? '');
    if ('status' in negotiated) return respondWithError(negotiated);
    const parsed = parseGraphQuery(request.query);
    if (!parsed.ok) return respondWithError(parsed.error);
    const answer = answers(parsed.query);
    const responses = ready.get(answer) ?? new Map<Negotiated, Responses>();
    ready.set(answer, responses);
    let response = responses.get(negotiated);
    if (response === undefined) {
      response = responsesOf(answer, negotiated);
      responses.set(negotiated, response);
    }
    return matchesTag(request.ifNoneMatch, response.etag) ? response.unchanged : response.full;
  };
}

interface Negotiated {
  readonly contentType: string;
  readonly encoding: Exclude<keyof RenderedAnswer, 'sha256'>;
}

interface Responses {
  readonly etag: string;
  readonly full: GraphResponse;
  readonly unchanged: GraphResponse;
}

function negotiation(accept: string, acceptEncoding: string): Negotiated | GraphProtocolError {
  const media = negotiateAccept(accept);
  return media.ok ? { contentType: media.contentType, encoding: negotiateEncoding(acceptEncoding) } : media.error;
}

function responsesOf(answer: RenderedAnswer, { contentType, encoding }: Negotiated): Responses {
  const coded = encoding === 'identity' ? {} : { 'content-encoding': encoding };
  // a strong entity tag belongs to one encoding (RFC 9110 § 8.8.3.3)
  const etag = `"${answer.sha256}${encoding === 'identity' ? '' : `-${encoding}`}"`;
  const shared = { ...CORS, etag, vary: VARY, 'cache-control': 'public, max-age=60, stale-if-error=86400' };
  return {
    etag,
    full: { status: 200, headers: { ...shared, 'content-type': contentType, ...coded }, body: answer[encoding] },
    unchanged: { status: 304, headers: shared, body: Buffer.alloc(0) },
  };
}

/** Pairs of headers whose reading is remembered, at most, and the longest of them in characters: a megabyte in all. */
const REMEMBERED = 1024;
const LONGEST = 1024;

/** Remembers what this makes of two headers: clients send few different ones. Equal results are one object. */
function remembering(negotiate: typeof negotiation): typeof negotiation {
  const remembered = new Map<string, ReturnType<typeof negotiation>>();
  const results = new Map<string, ReturnType<typeof negotiation>>();
  return (accept, acceptEncoding) => {
    // no value of a header holds a line break
    const key = `${accept}\n${acceptEncoding}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const made = negotiate(accept, acceptEncoding);
    const name = JSON.stringify(made);
    const result = results.get(name) ?? made;
    results.set(name, result);
    if (key.length <= LONGEST) {
      if (remembered.size >= REMEMBERED) remembered.clear();
      remembered.set(key, result);
    }
    return result;
  };
}

export function respondWithError(error: GraphProtocolError): GraphResponse {
  return {
    status: error.status,
    headers: { ...CORS, 'content-type': 'application/json', vary: VARY, 'cache-control': 'no-store' },
    body: Buffer.from(errorBody(error)),
  };
}

function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag) return true;
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === etag);
}
