import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SlipwayError } from '../../util/index.ts';
import type { CredentialSource, Credentials } from './credentials.ts';

export interface TransportOptions {
  /** Plain HTTP may be used for every host; for loopback hosts it always is. */
  readonly insecure?: boolean;
  readonly credentials?: CredentialSource;
  /** Further tries of a request that failed on the way or at the server; default 3. */
  readonly retries?: number;
  /** Milliseconds before the first further try, doubled each time; default 200. */
  readonly backoff?: number;
}

export interface Exchange {
  readonly method: string;
  /** Path with query below `https://registry`, or an absolute URL the registry gave. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | ReadableStream | undefined;
  /** What the request needs: `pull` or `pull,push`. */
  readonly actions: 'pull' | 'pull,push';
}

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
const RETRIED = new Set([429, 500, 502, 503, 504]);
const MAX_REDIRECTS = 5;
const MAX_WAIT_MS = 30_000;

/** HTTP to one repository of a registry: scheme, credentials, tokens, retries. Stateless but for tokens. */
export class Transport {
  readonly registry: string;
  readonly repository: string;
  readonly #options: TransportOptions;
  readonly #origin: string;
  readonly #tokens = new Map<string, string>();

  constructor(registry: string, repository: string, options: TransportOptions) {
    this.registry = registry;
    this.repository = repository;
    this.#options = options;
    this.#origin = `${LOOPBACK.test(registry) || options.insecure === true ? 'http' : 'https'}://${registry}`;
  }

  resolve(url: string): URL {
    return new URL(url, this.#origin);
  }

  /** Sends a request; answers of any status come back, but 401 is answered with credentials first. */
  async send(exchange: Exchange): Promise<Response> {
    const first = await this.#retrying(exchange, this.#tokens.get(exchange.actions));
    if (first.status !== 401 || exchange.body instanceof ReadableStream) return first;
    const authorization = await this.#authorize(first.headers.get('www-authenticate') ?? '', exchange.actions);
    if (authorization === undefined) return first;
    await first.body?.cancel();
    this.#tokens.set(exchange.actions, authorization);
    return await this.#retrying(exchange, authorization);
  }

  async #retrying(exchange: Exchange, authorization: string | undefined): Promise<Response> {
    const { retries = 3, backoff = 200 } = this.#options;
    // A stream can be sent once only.
    const tries = exchange.body instanceof ReadableStream ? 0 : retries;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#follow(exchange, authorization);
        if (!RETRIED.has(answer.status) || attempt >= tries) return answer;
        const after = Number(answer.headers.get('retry-after'));
        await answer.body?.cancel();
        await sleep(Math.min(MAX_WAIT_MS, after > 0 ? after * 1000 : backoff * 2 ** attempt));
      } catch (error) {
        if (attempt >= tries) throw this.#unreachable(error);
        await sleep(backoff * 2 ** attempt);
      }
    }
  }

  /** Follows redirects by hand: credentials never go to another host. */
  async #follow(exchange: Exchange, authorization: string | undefined): Promise<Response> {
    const start = this.resolve(exchange.url);
    let url = start;
    for (let hop = 0; ; hop++) {
      const headers: Record<string, string> = { ...exchange.headers };
      if (authorization !== undefined && url.host === start.host && url.protocol === start.protocol)
        headers.authorization = authorization;
      const init: RequestInit & { duplex?: 'half' } = { method: exchange.method, headers, redirect: 'manual' };
      if (exchange.body !== undefined)
        Object.assign(init, {
          body: exchange.body,
          ...(exchange.body instanceof ReadableStream ? { duplex: 'half' } : {}),
        });
      const answer = await fetch(url, init);
      const location = answer.headers.get('location');
      if (
        answer.status < 300 ||
        answer.status > 399 ||
        answer.status === 304 ||
        location === null ||
        hop >= MAX_REDIRECTS
      )
        return answer;
      await answer.body?.cancel();
      url = new URL(location, url);
    }
  }

  /** The Authorization header a challenge asks for (RFC 9110 § 11; distribution token specification). */
  async #authorize(challenge: string, actions: string): Promise<string | undefined> {
    const credentials = await this.#options.credentials?.(this.registry, this.repository);
    const basic = credentials === undefined ? undefined : basicHeader(credentials);
    if (/^basic\b/i.test(challenge)) return basic;
    if (!/^bearer\b/i.test(challenge)) return undefined;
    const parameters = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]),
    );
    if (parameters.realm === undefined) return undefined;
    const realm = new URL(parameters.realm, this.#origin);
    if (parameters.service !== undefined) realm.searchParams.set('service', parameters.service);
    realm.searchParams.set('scope', `repository:${this.repository}:${actions}`);
    const answer = await fetch(realm, basic === undefined ? {} : { headers: { authorization: basic } });
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new SlipwayError('OCI_UNAUTHORIZED', `the token service ${realm.host} answered ${answer.status}.`, {
        place: { image: `${this.registry}/${this.repository}` },
      });
    }
    const { token, access_token: accessToken } = (await answer.json()) as { token?: string; access_token?: string };
    const value = token ?? accessToken;
    return value === undefined ? undefined : `Bearer ${value}`;
  }

  #unreachable(error: unknown): SlipwayError {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return new SlipwayError(
      'OCI_REGISTRY_UNREACHABLE',
      `the registry ${this.registry} can not be reached: ${messageOf(cause)}.`,
      {
        place: { image: `${this.registry}/${this.repository}` },
        hint: this.#origin.startsWith('https') ? 'A registry without TLS needs --insecure.' : 'Is it running?',
        cause: error,
      },
    );
  }
}

function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
