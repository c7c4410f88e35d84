import { STATUS_CODES } from 'node:http';
import type { GraphRequest, GraphResponse } from '../../graph/index.ts';
import type { GraphHost } from '../graph/index.ts';
import { knownHost, SAFETY_HEADERS } from '../http/index.ts';
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
  const asked = (head: Head): Asked | undefined => {
    const mark = head.target.indexOf('?');
    const path = mark === -1 ? head.target : head.target.slice(0, mark);
    if (!served.has(path) || !known(head.fields.get('host') ?? '')) return undefined;
    return {
      path,
      request: {
        query: mark === -1 ? '' : head.target.slice(mark + 1),
        accept: head.fields.get('accept'),
        acceptEncoding: head.fields.get('accept-encoding'),
        ifNoneMatch: head.fields.get('if-none-match'),
      },
    };
  };
  // a client that asks again on its connection comes with the same head
  const before = new WeakMap<Head, Answered>();
  return (head) => {
    if (closing()) return undefined;
    const since = performance.now();
    const respond = host.freshResponder;
    const last = before.get(head);
    if (last !== undefined && last.respond === respond) {
      host.metrics.answered(last.path, last.response, since);
      return wire(last.response);
    }
    const found = asked(head);
    if (found === undefined) return undefined;
    const { path, request } = found;
    const answered = (responder: Responder): Reply => {
      const response = responder(request);
      before.set(head, { path, respond: responder, response });
      host.metrics.answered(path, response, since);
      return wire(response);
    };
    if (respond !== undefined) return answered(respond);
    return host.responder().then((current) => (closing() ? undefined : answered(current)));
  };
}

type Responder = Awaited<ReturnType<GraphHost['responder']>>;

interface Asked {
  readonly path: string;
  readonly request: GraphRequest;
}

/** What a head got, from the graph that this responder answers from. */
interface Answered {
  readonly path: string;
  readonly respond: Responder;
  readonly response: GraphResponse;
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
