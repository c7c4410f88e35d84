import { STATUS_CODES } from 'node:http';
import type { GraphResponse } from '../../graph/index.ts';
import type { GraphHost } from '../graph-host.ts';
import { knownHost, SAFETY_HEADERS } from '../guard.ts';
import type { Answer, Reply } from './front.ts';
import type { Head } from './head.ts';

export interface GraphFrontOptions {
  readonly host: GraphHost;
  /** Paths that the graph is served under. */
  readonly paths: readonly string[];
  /** Extra Host header values this server answers for. */
  readonly hosts: readonly string[];
  /** Whether the server is being stopped: then it says so itself. */
  readonly closing: () => boolean;
  /** How long a connection may be silent, in milliseconds; said to the client. */
  readonly idleMs: number;
}

/** Answers polls of the update graph with the bytes that the route behind it would send. */
export function graphFront({ host, paths, hosts, closing, idleMs }: GraphFrontOptions): Answer {
  const served = new Set(paths);
  const known = knownHost(hosts);
  const wire = wireFormat(idleMs);
  return ({ target, fields }: Head) => {
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    if (!served.has(path)) return undefined;
    if (closing() || !known(fields.get('host') ?? '')) return undefined;
    const request = {
      query: mark === -1 ? '' : target.slice(mark + 1),
      accept: fields.get('accept'),
      acceptEncoding: fields.get('accept-encoding'),
      ifNoneMatch: fields.get('if-none-match'),
    };
    const since = performance.now();
    const answered = (response: GraphResponse): Reply => {
      host.metrics.answered(path, response, since);
      return wire(response);
    };
    const respond = host.freshResponder;
    if (respond !== undefined) return answered(respond(request));
    return host.responder().then((current) => (closing() ? undefined : answered(current(request))));
  };
}

/** Puts responses into HTTP/1.1 as node:http does. A response that is served again needs a new head once a second. */
function wireFormat(idleMs: number): (response: GraphResponse) => Reply {
  const heads = new WeakMap<GraphResponse, { readonly second: number; readonly reply: Reply }>();
  return (response) => {
    const second = Math.floor(Date.now() / 1000);
    const made = heads.get(response);
    if (made?.second === second) return made.reply;
    const { status, headers, body } = response;
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      ...Object.entries({ ...headers, ...SAFETY_HEADERS }).map(([name, value]) => `${name}: ${value}`),
      ...(status === 304 ? [] : [`content-length: ${body.length}`]),
      `Date: ${new Date(second * 1000).toUTCString()}`,
      'Connection: keep-alive',
      `Keep-Alive: timeout=${Math.floor(idleMs / 1000)}`,
    ];
    const reply = { head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body };
    heads.set(response, { second, reply });
    return reply;
  };
}
