import { Type } from 'typebox';
import { parserOf, SlipwayError } from '../../../util/index.ts';
import type { Answer } from '../http/answer.ts';
import { jsonOf } from '../http/expect.ts';
import { request } from '../http/request.ts';
import { Silence, silent } from '../http/stall.ts';
import { parseChallenges } from './challenge.ts';
import type { CredentialSource, Credentials } from './credentials.ts';

/** What a request needs: a repository, what is done to it, and a repository that a blob is mounted from. */
export interface Scope {
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push' | 'delete';
  readonly mountFrom?: string | undefined;
}

const parseToken = parserOf(
  Type.Object({ token: Type.Optional(Type.String()), access_token: Type.Optional(Type.String()) }),
  'OCI_REGISTRY_PROTOCOL',
);

/** So long a token service may be silent. */
const WAIT_MS = 60_000;

/** Authorization headers of one registry, by what they allow. */
export class Tokens {
  readonly #registry: string;
  readonly #credentials: CredentialSource | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(registry: string, credentials: CredentialSource | undefined, signal?: AbortSignal) {
    this.#registry = registry;
    this.#credentials = credentials;
    this.#signal = signal;
  }

  /** The header for a scope, as far as one was asked for already. */
  known(scope: Scope): Promise<string | undefined> | undefined {
    return this.#known.get(keyOf(scope));
  }

  /**
   * The header that answers a challenge. `refused` is what `known` gave before the request that was refused: of
   * several requests at once only the first asks. Throws `OCI_UNAUTHORIZED`, `OCI_CREDENTIALS_INVALID`.
   */
  async answer(
    challenge: string,
    scope: Scope,
    refused: Promise<string | undefined> | undefined,
    origin: string,
  ): Promise<string | undefined> {
    const key = keyOf(scope);
    let current = this.#known.get(key);
    if (current === undefined || current === refused) {
      current = this.#ask(challenge, scope, origin);
      this.#known.set(key, current);
      current.catch(() => this.#known.delete(key));
    }
    return await current;
  }

  async #ask(header: string, scope: Scope, origin: string): Promise<string | undefined> {
    const credentials = await this.#credentials?.(this.#registry, scope.repository);
    const basic = credentials === undefined ? undefined : basicHeader(credentials);
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
    if (bearer?.parameters.realm !== undefined) {
      return await this.#token(bearer.parameters.realm, bearer.parameters.service, scope, basic, origin);
    }
    return challenges.some(({ scheme }) => scheme === 'basic') ? basic : undefined;
  }

  /** Asks the token service that a challenge names (distribution: Token Authentication Specification). */
  async #token(
    realm: string,
    service: string | undefined,
    scope: Scope,
    basic: string | undefined,
    origin: string,
  ): Promise<string | undefined> {
    const place = { image: `${this.#registry}/${scope.repository}` };
    const url = URL.canParse(realm, origin) ? new URL(realm, origin) : undefined;
    if (!url || (url.protocol !== 'https:' && !(url.protocol === 'http:' && origin.startsWith('http:'))))
      throw new SlipwayError('OCI_REGISTRY_PROTOCOL', `the registry names "${realm}" as its token service.`, { place });
    if (service !== undefined) url.searchParams.set('service', service);
    for (const text of scopesOf(scope)) url.searchParams.append('scope', text);
    let answer: Answer;
    try {
      // Without redirects: credentials go to the named service alone.
      answer = await request(url, {
        method: 'GET',
        headers: { 'user-agent': 'slipway', ...(basic === undefined ? {} : { authorization: basic }) },
        wait: WAIT_MS,
        signal: this.#signal,
      });
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof Silence)
        throw silent(`the token service ${url.host} stopped answering`, error.waited, place.image, error);
      throw new SlipwayError('OCI_REGISTRY_UNREACHABLE', `the token service ${url.host} can not be reached.`, {
        place,
        cause: error,
      });
    }
    if (answer.status !== 200) {
      answer.discard();
      throw new SlipwayError('OCI_UNAUTHORIZED', `the token service ${url.host} answered ${answer.status}.`, {
        place,
        hint: 'Are the credentials right? `podman login` keeps new ones.',
      });
    }
    const { token, access_token: accessToken } = parseToken(await jsonOf(answer, place), place);
    const value = token ?? accessToken;
    return value === undefined ? undefined : `Bearer ${value}`;
  }
}

function scopesOf({ repository, actions, mountFrom }: Scope): string[] {
  const scopes = [`repository:${repository}:${actions}`];
  return mountFrom === undefined ? scopes : [...scopes, `repository:${mountFrom}:pull`];
}

function keyOf(scope: Scope): string {
  return scopesOf(scope).join(' ');
}

function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
