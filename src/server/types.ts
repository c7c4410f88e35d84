import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Engine } from '../release/index.ts';

export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ListenerOptions {
  /** Slipway's version, shown in /api/status and the OpenAPI document. */
  readonly version: string;
  /** Extra Host header values this server answers for. */
  readonly hosts?: readonly string[];
  /** Told what a request could not be answered for, one line each, with the error. */
  readonly log?: (line: string, error?: unknown) => void;
}

export interface ServerOptions extends ListenerOptions {
  readonly engine: Engine;
  /** Folder of the built site; left out, only the API and the registry are served. */
  readonly site?: string;
}
