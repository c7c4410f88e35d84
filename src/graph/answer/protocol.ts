import type { GraphProtocolError, GraphQuery } from '../types.ts';

/** Media types of an answer; the first is what a wildcard gets (update-graph § 1.3). */
export const GRAPH_MEDIA_TYPES = ['application/json', 'application/vnd.redhat.cincinnati.v1+json'] as const;
const WITHOUT_ACCEPT = GRAPH_MEDIA_TYPES[1];

type Outcome<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly error: GraphProtocolError };

/**
 * Chooses the media type of an answer. Cincinnati compares the header as a whole; this reads it as RFC 9110 § 12.5.1
 * does, which gives the same result wherever Cincinnati answers, and an answer to browsers and to lists as well.
 */
export function negotiateAccept(
  accept: string | undefined,
  offers: readonly string[] = GRAPH_MEDIA_TYPES,
): Outcome<{ readonly contentType: string }> {
  if (accept === undefined || accept.trim() === '') return { ok: true, contentType: WITHOUT_ACCEPT };
  const ranges = accept.split(',').map(mediaRange);
  let best: { offer: string; quality: number } | undefined;
  for (const offer of offers) {
    const fitting = ranges
      .filter((range) => range.matches(offer))
      .reduce((a, b) => (b.specificity > a.specificity ? b : a), NO_RANGE);
    if (fitting.quality > (best?.quality ?? 0)) best = { offer, quality: fitting.quality };
  }
  if (best !== undefined) return { ok: true, contentType: best.offer };
  return {
    ok: false,
    error: { status: 406, kind: 'invalid_content_type', value: 'invalid Content-Type requested' },
  };
}

interface MediaRange {
  readonly specificity: number;
  readonly quality: number;
  readonly matches: (type: string) => boolean;
}

const NO_RANGE: MediaRange = { specificity: -1, quality: 0, matches: () => false };

function mediaRange(text: string): MediaRange {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = weight(parameters);
  if (range === '*/*' || range === '*') return { specificity: 0, quality, matches: () => true };
  if (range.endsWith('/*')) return { specificity: 1, quality, matches: (type) => type.startsWith(range.slice(0, -1)) };
  return { specificity: 2, quality, matches: (type) => type === range };
}

/** The `q` parameter; one that is no number between 0 and 1 rules the entry out. */
function weight(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  if (text === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}

const PARAMETERS = {
  channel: { pattern: /^[0-9a-z\-.]+$/, shown: '^[0-9a-z\\-\\.]+$' },
  arch: { pattern: /^[0-9a-z]+$/, shown: '^[0-9a-z]+$' },
} as const;

/**
 * Reads the query of `/graph`: `channel` is mandatory, `arch` defaults to `amd64`, of repeated keys the last counts
 * (a cluster appends its own to an `upstream` that has a query already), all others are ignored (update-graph § 1.2).
 * The name of a release stream, which people take for a channel (okd#2268), is refused with the channel that is meant.
 */
export function parseGraphQuery(query: string | URLSearchParams): Outcome<{ readonly query: GraphQuery }> {
  const values = new Map(typeof query === 'string' ? new URLSearchParams(query) : query);
  const channel = values.get('channel');
  if (channel === undefined)
    return {
      ok: false,
      error: { status: 400, kind: 'missing_params', value: 'mandatory client parameters missing: channel' },
    };
  const arch = values.get('arch') ?? 'amd64';
  for (const [name, value] of [
    ['channel', channel],
    ['arch', arch],
  ] as const) {
    const { pattern, shown } = PARAMETERS[name];
    if (!pattern.test(value))
      return {
        ok: false,
        error: {
          status: 400,
          kind: 'invalid_params',
          value: `invalid client parameters: ${name} '${value}' does not match regex '${shown}'`,
        },
      };
  }
  const [, major, kind] = /^(\d+)-scos-(stable|next)$/.exec(channel) ?? [];
  if (major !== undefined)
    return {
      ok: false,
      error: {
        status: 400,
        kind: 'invalid_params',
        value: `invalid client parameters: channel '${channel}' is a release stream, not a channel`,
        hint: `Follow ${kind}-scos-${major}.`,
      },
    };
  return { ok: true, query: { channel, arch } };
}

/** The JSON body of a protocol error (update-graph § 1.4); `hint` only where there is one. */
export function errorBody({ kind, value, hint }: GraphProtocolError): string {
  return JSON.stringify({ kind, value, hint });
}

/** Codings of answers, the one preferred first. */
const CODINGS = ['br', 'gzip', 'zstd'] as const;

/**
 * The coding that the client takes at its highest weight, of equals the first of br, gzip and zstd; else `identity`
 * (RFC 9110 § 12.5.3).
 */
export function negotiateEncoding(accept: string | undefined): (typeof CODINGS)[number] | 'identity' {
  const weights = new Map<string, number>();
  for (const entry of (accept ?? '').split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
    weights.set(name === 'x-gzip' ? 'gzip' : name, weight(parameters));
  }
  const of = (name: string): number => weights.get(name) ?? weights.get('*') ?? 0;
  const best = Math.max(...CODINGS.map(of));
  return best > 0 ? (CODINGS.find((name) => of(name) === best) ?? 'identity') : 'identity';
}
