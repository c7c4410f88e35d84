import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LocalRegistry } from '../storage/local.ts';

export interface RegistryRequest {
  readonly method: string;
  readonly repository: string;
  readonly action: 'pull' | 'push' | 'delete';
  readonly authorization?: string;
}

export interface RegistryOptions {
  readonly store: LocalRegistry;
  /** Who may do what; without it everybody may do everything. `unauthorized` asks the client for credentials. */
  readonly authorize?: (request: RegistryRequest) => 'allow' | 'deny' | 'unauthorized';
}

export interface Call {
  readonly store: LocalRegistry;
  readonly request: FastifyRequest;
  /** The first value of each parameter. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly reply: FastifyReply;
  readonly body: IncomingMessage;
  /** Whether this client may pull from a repository; for blobs to be mounted from there. */
  readonly mayPull: (repository: string) => boolean;
}

export type Handler = (
  call: Call,
  route: { readonly repository: string; readonly reference: string },
) => Promise<FastifyReply>;
