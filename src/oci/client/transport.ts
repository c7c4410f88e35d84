import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlipwayError, systemCode } from '../../util/index.ts';
import type { CredentialSource } from './auth/credentials.ts';
import { type Scope, Tokens } from './auth/tokens.ts';
import type { Answer } from './http/answer.ts';
import { retryAfter } from './http/expect.ts';
import { Gate } from './http/gate.ts';
import { request } from './http/request.ts';
import { nextWait, Silence, seconds, silent, wholeBody } from './http/stall.ts';
import { OpenUploads } from './uploads.ts';

export interface TransportOptions {
  /** Plain HTTP may be used where HTTPS is not spoken; for loopback hosts it always is. */
  readonly insecure?: boolean;
  /** Loopback hosts may speak TLS: certificates for them are trusted. */
  readonly loopbackTls?: boolean;
  readonly credentials?: CredentialSource;
  /** Further tries of a request that failed on the way or at the server; default 3. */
  readonly retries?: number;
  /** Milliseconds before the first further try, doubled each time; default 200. */
  readonly backoff?: number;
  /** Requests to one registry that wait for an answer at a time; default 16. */
  readonly concurrency?: number;
  /**
   * Milliseconds that a registry may be silent in all, however often it is asked, before an answer begins or more of it
   * comes; default 60,000.
   */
  readonly timeout?: number;
  /** Bytes of a chunk of an upload; default 16 MiB. Larger blobs than four of them are sent in chunks. */
  readonly chunkSize?: number;
  /** Uploads that were cut off and can be gone on with; default those of this client. */
  readonly uploads?: OpenUploads;
  /** Told what is no failure but may surprise: an upload that goes on, or begins anew, and why. */
  readonly notice?: (message: string) => void;
  /** Ends every request that waits for its answer, with the signal's reason; whoever reads a body ends that. */
  readonly signal?: AbortSignal;
}

export interface Exchange {
  readonly method: string;
  /** Path with query below the registry's origin, or a URL that the registry gave. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable | undefined;
  readonly scope: Scope;
  /** Whether the same request may be sent twice; default yes. A stream never is. */
  readonly once?: boolean;
  /** Milliseconds that are left of those in which the registry may be silent. */
  readonly silence?: number;
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
/** Whoever compresses an answer for the way changes the bytes that have the digest. */
const HEADERS = { 'accept-encoding': 'identity', 'user-agent': 'slipway' } as const;
const PASSING = new Set([429, 500, 502, 503, 504]);
const MAX_REDIRECTS = 5;
/** So many times the usual wait for the answer to an upload: a registry may look at all of a blob before it answers. */
const UPLOAD_PATIENCE = 5;
/** No more than a manifest has. */
const SMALL_BODY = 4 << 20;
const MAX_WAIT_MS = 30_000;
/** So long in all a registry is left alone where it asks for it; one that asks for more is not asked again. */
const MAX_ALONE_MS = 60_000;
/** Where Docker Hub's registry really is. */
const HOSTS: Readonly<Record<string, string>> = {
  'docker.io': 'registry-1.docker.io',
  'index.docker.io': 'registry-1.docker.io',
};

/** HTTP to one registry: scheme, credentials, tokens, retries. */
export class Transport {
  readonly registry: string;
  readonly chunkSize: number;
  readonly backoff: number;
  /** Milliseconds to wait for something to come. */
  readonly idle: number;
  readonly uploads: OpenUploads;
  readonly notice: (message: string) => void;
  readonly #options: TransportOptions;
  readonly #tokens: Tokens;
  readonly #gate: Gate;
  #found: Promise<string> | undefined;

  constructor(registry: string, options: TransportOptions) {
    this.registry = registry;
    this.chunkSize = options.chunkSize ?? 16 << 20;
    this.backoff = options.backoff ?? 200;
    this.idle = options.timeout ?? 60_000;
    this.uploads = options.uploads ?? OpenUploads.inMemory();
    this.notice = options.notice ?? (() => {});
    this.#options = options;
    this.#tokens = new Tokens(registry, options.credentials, options.signal);
    this.#gate = new Gate(options.concurrency ?? 16);
  }

  /** The absolute form of a URL that the registry gave. */
  async resolve(url: string): Promise<URL> {
    const origin = await this.#origin();
    if (!URL.canParse(url, origin))
      throw new SlipwayError('OCI_REGISTRY_PROTOCOL', `the registry ${this.registry} gave "${url}" as a location.`);
    return new URL(url, origin);
  }

  /** The bytes of a small answer. */
  async whole(answer: Answer, limit: number, image: string): Promise<Buffer> {
    return await wholeBody(answer, limit, this.idle, image);
  }

  /** Sends a request; answers of any status come back, but 401 is answered with credentials first. */
  async send(exchange: Exchange): Promise<Answer> {
    const known = this.#tokens.known(exchange.scope);
    const first = await this.#retrying(exchange, await known);
    if (first.status !== 401 || exchange.body instanceof Readable) return first;
    const challenge = first.header('www-authenticate') ?? '';
    let authorization: string | undefined;
    try {
      authorization = await this.#tokens.answer(challenge, exchange.scope, known, await this.#origin());
    } catch (error) {
      // nobody reads it, and its connection would not be given back
      first.discard();
      throw error;
    }
    if (authorization === undefined) return first;
    first.discard();
    return await this.#retrying(exchange, authorization);
  }

  async #origin(): Promise<string> {
    this.#found ??= this.#find();
    return await this.#found;
  }

  async #find(): Promise<string> {
    const host = HOSTS[this.registry] ?? this.registry;
    const loopback = LOOPBACK.test(host);
    if (loopback && this.#options.loopbackTls !== true) return `http://${host}`;
    if (!loopback && this.#options.insecure !== true) return `https://${host}`;
    try {
      const answer = await request(new URL(`https://${host}/v2/`), {
        method: 'GET',
        headers: HEADERS,
        wait: this.idle / 3,
        signal: this.#options.signal,
      });
      answer.discard();
      return `https://${host}`;
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // Whatever else was wrong with HTTPS, the caller allowed to do without; what is wrong with HTTP is then told.
      return untrusted(error) ? `https://${host}` : `http://${host}`;
    }
  }

  async #retrying(exchange: Exchange, authorization: string | undefined): Promise<Answer> {
    const streamed = exchange.body instanceof Readable;
    const tries = streamed || exchange.once === true ? 0 : (this.#options.retries ?? 3);
    const whole = this.#silence(exchange);
    const image = `${this.registry}/${exchange.scope.repository}`;
    let left = exchange.silence ?? whole;
    let alone = MAX_ALONE_MS;
    for (let attempt = 0; ; attempt++) {
      const pause = Math.min(MAX_WAIT_MS, this.backoff * 2 ** attempt);
      const more = attempt < tries;
      const wait = more ? nextWait(left, whole) : left;
      try {
        // A stream may itself come from this registry, and must not wait for its own end.
        const answer = streamed
          ? await this.#follow(exchange, authorization, wait)
          : await this.#gate.run(() => this.#follow(exchange, authorization, wait));
        if (!PASSING.has(answer.status) || !more) return answer;
        const asked = retryAfter(answer);
        if (asked !== undefined) {
          if (asked > alone) return answer;
          alone -= asked;
          this.notice(
            `${image}: the registry answers ${answer.status}, and asks to be left alone for ${seconds(asked)}.`,
          );
        }
        answer.discard();
        await this.#pause(asked ?? pause);
      } catch (error) {
        this.#options.signal?.throwIfAborted();
        const known = causes(error);
        const own = known.find((cause) => cause instanceof SlipwayError);
        if (own) throw own;
        const silence = known.find((cause) => cause instanceof Silence);
        if (silence) {
          left -= wait;
          if (!more || left <= 0)
            throw silent(`the registry ${this.registry} stopped answering`, whole, image, silence);
          this.notice(`${image}: nothing has come for ${seconds(wait)}; the registry is asked again.`);
          continue;
        }
        if (!more) throw this.#unreachable(error, exchange.scope);
        await this.#pause(pause);
      }
    }
  }

  /** Milliseconds in which something must come. */
  #silence({ body }: Exchange): number {
    const small = body === undefined || (body instanceof Uint8Array && body.length <= SMALL_BODY);
    return small ? this.idle : UPLOAD_PATIENCE * this.idle;
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    try {
      await sleep(milliseconds, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Follows redirects by hand: credentials never go to another host. */
  async #follow(exchange: Exchange, authorization: string | undefined, wait: number): Promise<Answer> {
    const origin = await this.#origin();
    let url = new URL(exchange.url, origin);
    for (let hop = 0; ; hop++) {
      const headers: Record<string, string> = { ...HEADERS, ...exchange.headers };
      if (authorization !== undefined && url.origin === origin) headers.authorization = authorization;
      const { method, body } = exchange;
      const answer = await request(url, { method, headers, body, wait, signal: this.#options.signal });
      const location = answer.header('location');
      const redirected = answer.status >= 301 && answer.status <= 308 && answer.status !== 304;
      if (!redirected || location === undefined) return answer;
      answer.discard();
      // A stream that was sent is used up; and no upload is to end where nobody looked for it.
      if (body !== undefined)
        throw this.#astray('OCI_REGISTRY_FAILED', `redirects ${method} ${url.origin}${url.pathname}`, exchange);
      if (hop >= MAX_REDIRECTS)
        throw this.#astray(
          'OCI_REGISTRY_FAILED',
          `redirects ${url.pathname} more than ${MAX_REDIRECTS} times (${answer.status})`,
          exchange,
        );
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      if (next?.protocol !== 'http:' && next?.protocol !== 'https:')
        throw this.#astray('OCI_REGISTRY_PROTOCOL', `redirects to ${JSON.stringify(location)}`, exchange);
      url = next;
    }
  }

  #astray(code: 'OCI_REGISTRY_FAILED' | 'OCI_REGISTRY_PROTOCOL', does: string, { scope }: Exchange): SlipwayError {
    return new SlipwayError(code, `the registry ${this.registry} ${does}.`, {
      place: { image: `${this.registry}/${scope.repository}` },
    });
  }

  #unreachable(error: unknown, { repository }: Scope): SlipwayError {
    const reason = causes(error).at(-1);
    const place = { image: `${this.registry}/${repository}` };
    // of Node's parser of HTTP
    if (systemCode(reason)?.startsWith('HPE_'))
      return new SlipwayError(
        'OCI_REGISTRY_PROTOCOL',
        `the registry ${this.registry} does not answer as HTTP has it: ${messageOf(reason)}.`,
        { place, cause: error },
      );
    const message = `the registry ${this.registry} can not be reached: ${messageOf(reason)}.`;
    const hint = untrusted(error)
      ? 'Whoever issued its certificate is not trusted here: name them with --certificate-authority.'
      : this.#options.insecure || LOOPBACK.test(this.registry)
        ? 'Is it running?'
        : 'A registry without TLS needs --insecure.';
    return new SlipwayError('OCI_REGISTRY_UNREACHABLE', message, {
      place,
      hint,
      cause: error,
    });
  }
}

/** Whether a server speaks TLS, with a certificate that is not good. */
function untrusted(error: unknown): boolean {
  return causes(error).some((cause) => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(systemCode(cause) ?? ''));
}

/** An error and what it was caused by, down to the first cause: of several addresses of a host the first. */
function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let current = error; current instanceof Error && chain.length < 10; ) {
    const [first] = current instanceof AggregateError ? (current.errors as unknown[]) : [];
    current = first ?? current.cause;
    if (current !== undefined) chain.push(current);
  }
  return chain;
}
