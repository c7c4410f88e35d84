import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlipwayError, systemCode } from '../../util/index.ts';
import type { CredentialSource } from './credentials.ts';
import { Gate } from './gate.ts';
import { wholeBody } from './stall.ts';
import { type Scope, Tokens } from './tokens.ts';
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
  /** Milliseconds to wait for the beginning of an answer, or for more of it; default 60,000. */
  readonly timeout?: number;
  /** Bytes of a chunk of an upload; default 16 MiB. Larger blobs than four of them are sent in chunks. */
  readonly chunkSize?: number;
  /** Uploads that were cut off and can be gone on with; default those of this client. */
  readonly uploads?: OpenUploads;
  /** Told what is no failure but may surprise: an upload that goes on, or begins anew, and why. */
  readonly notice?: (message: string) => void;
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
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
const PASSING = new Set([429, 500, 502, 503, 504]);
const MAX_REDIRECTS = 5;
/** So many times the usual wait for the answer to an upload. */
const UPLOAD_PATIENCE = 5;
const MAX_WAIT_MS = 30_000;
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
    this.#tokens = new Tokens(registry, options.credentials);
    this.#gate = new Gate(options.concurrency ?? 16);
  }

  /** The absolute form of a URL that the registry gave. */
  async resolve(url: string): Promise<URL> {
    const origin = await this.#origin();
    if (!URL.canParse(url, origin))
      throw new SlipwayError('OCI_REGISTRY_PROTOCOL', `the registry ${this.registry} gave "${url}" as a location.`);
    return new URL(url, origin);
  }

  /** The bytes of a small answer. A registry that lets them trickle for ten times the wait is given up. */
  async whole(answer: Response, limit: number, image: string): Promise<Buffer> {
    return await wholeBody(answer, limit, { idle: this.idle, whole: 10 * this.idle }, image);
  }

  /** Sends a request; answers of any status come back, but 401 is answered with credentials first. */
  async send(exchange: Exchange): Promise<Response> {
    const known = this.#tokens.known(exchange.scope);
    const first = await this.#retrying(exchange, await known);
    if (first.status !== 401 || exchange.body instanceof Readable) return first;
    const challenge = first.headers.get('www-authenticate') ?? '';
    const authorization = await this.#tokens.answer(challenge, exchange.scope, known, await this.#origin());
    if (authorization === undefined) return first;
    await first.body?.cancel();
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
      const answer = await fetch(`https://${host}/v2/`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(this.idle),
      });
      await answer.body?.cancel();
      return `https://${host}`;
    } catch (error) {
      // Whatever else was wrong with HTTPS, the caller allowed to do without; what is wrong with HTTP is then told.
      return untrusted(error) ? `https://${host}` : `http://${host}`;
    }
  }

  async #retrying(exchange: Exchange, authorization: string | undefined): Promise<Response> {
    const streamed = exchange.body instanceof Readable;
    const tries = streamed || exchange.once === true ? 0 : (this.#options.retries ?? 3);
    for (let attempt = 0; ; attempt++) {
      const wait = Math.min(MAX_WAIT_MS, this.backoff * 2 ** attempt);
      try {
        // A stream may itself come from this registry, and must not wait for its own end.
        const answer = streamed
          ? await this.#follow(exchange, authorization)
          : await this.#gate.run(() => this.#follow(exchange, authorization));
        if (!PASSING.has(answer.status) || attempt >= tries) return answer;
        const after = Number(answer.headers.get('retry-after'));
        await answer.body?.cancel();
        await sleep(after > 0 ? Math.min(MAX_WAIT_MS, after * 1000) : wait);
      } catch (error) {
        const own = causes(error).find((cause) => cause instanceof SlipwayError);
        if (own) throw own;
        if (attempt >= tries) throw this.#unreachable(error, exchange.scope);
        await sleep(wait);
      }
    }
  }

  /** Follows redirects by hand: credentials never go to another host. */
  async #follow(exchange: Exchange, authorization: string | undefined): Promise<Response> {
    const origin = await this.#origin();
    let url = new URL(exchange.url, origin);
    for (let hop = 0; ; hop++) {
      const headers: Record<string, string> = { 'accept-encoding': 'identity', ...exchange.headers };
      if (authorization !== undefined && url.origin === origin) headers.authorization = authorization;
      const answer = await this.#fetch(url, exchange, headers);
      const location = answer.headers.get('location');
      const redirected = answer.status >= 301 && answer.status <= 308 && answer.status !== 304;
      // A stream that was sent is used up.
      if (!redirected || location === null || exchange.body instanceof Readable || hop >= MAX_REDIRECTS) return answer;
      await answer.body?.cancel();
      url = new URL(location, url);
    }
  }

  async #fetch(url: URL, { method, body }: Exchange, headers: Record<string, string>): Promise<Response> {
    if (body !== undefined) return await this.#sendBody(url, method, headers, body);
    const wait = new Wait(this.idle);
    try {
      return await fetch(url, { method, headers, redirect: 'manual', signal: wait.signal });
    } finally {
      wait.end();
    }
  }

  /**
   * Sends a body, without following a redirection. Unless there is no window to ask and nowhere to go on to, fetch keeps
   * a copy to send it again (Fetch Standard, § HTTP-network-or-cache fetch): a whole blob, in memory.
   */
  async #sendBody(
    url: URL,
    method: string,
    headers: Record<string, string>,
    body: Uint8Array | Readable,
  ): Promise<Response> {
    // A registry may look at all of a blob before it answers.
    const wait = new Wait(UPLOAD_PATIENCE * this.idle);
    const sent = body instanceof Uint8Array ? body : wait.watch(body);
    try {
      const init = { method, headers, redirect: 'error', window: null, duplex: 'half', signal: wait.signal } as const;
      return await fetch(url, { ...init, body: sent as NonNullable<RequestInit['body']> });
    } catch (error) {
      if (!causes(error).some((cause) => messageOf(cause) === 'unexpected redirect')) throw error;
      throw new SlipwayError('OCI_REGISTRY_FAILED', `the registry redirects ${method} ${url.origin}${url.pathname}.`, {
        place: { image: this.registry },
        cause: error,
      });
    } finally {
      wait.end();
    }
  }

  #unreachable(error: unknown, { repository }: Scope): SlipwayError {
    const reason = causes(error).at(-1);
    const message = `the registry ${this.registry} can not be reached: ${messageOf(reason)}.`;
    const hint = untrusted(error)
      ? 'Whoever issued its certificate is not trusted here: name them with --certificate-authority.'
      : this.#options.insecure || LOOPBACK.test(this.registry)
        ? 'Is it running?'
        : 'A registry without TLS needs --insecure.';
    return new SlipwayError('OCI_REGISTRY_UNREACHABLE', message, {
      place: { image: `${this.registry}/${repository}` },
      hint,
      cause: error,
    });
  }
}

/** Aborts a request when the registry does nothing for so many milliseconds. */
class Wait {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(limit: number) {
    this.#timer = setTimeout(() => this.#controller.abort(new Error(`no answer within ${limit} ms`)), limit);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits anew with each piece that the registry takes. */
  watch(content: Readable): ReadableStream<Uint8Array> {
    const chunks: AsyncIterator<Uint8Array> = content[Symbol.asyncIterator]();
    return new ReadableStream(
      {
        pull: async (controller) => {
          const { done, value } = await chunks.next();
          this.#timer.refresh();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => void content.destroy(),
      },
      { highWaterMark: 1 },
    );
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** Whether a server speaks TLS, with a certificate that is not good. */
function untrusted(error: unknown): boolean {
  return causes(error).some((cause) => /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(systemCode(cause) ?? ''));
}

/** An error and what it was caused by, down to the first cause; fetch wraps what went wrong. */
function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let current = error; current instanceof Error && chain.length < 10; ) {
    const [first] = current instanceof AggregateError ? (current.errors as unknown[]) : [];
    current = first ?? current.cause;
    if (current !== undefined) chain.push(current);
  }
  return chain;
}
