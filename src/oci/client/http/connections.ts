import * as plain from 'node:http';
import * as secure from 'node:https';

/** Milliseconds that a connection without work is kept; servers that say less are heeded. */
const KEPT_MS = 4000;
const READ_BYTES = 64 << 10;

// The last used connection first: one that lay idle for long is the likeliest to be closed at the other end.
const KEPT = {
  keepAlive: true,
  timeout: KEPT_MS,
  scheduling: 'lifo',
  maxFreeSockets: 32,
  // Proxies where the runtime is told to heed them, as for its own fetch.
  ...(process.env.NODE_USE_ENV_PROXY === '1' ? { proxyEnv: process.env } : {}),
} as const;

/**
 * What all connections read into, one after the other. The parser of HTTP copies bodies out of what it is given before it
 * returns; a buffer for each read would be garbage at once, as many bytes as are transferred.
 */
const READ = Buffer.allocUnsafeSlow(READ_BYTES);

/** Lets connections read into `READ`, but for those to proxies, whose options are the agent's own. */
function reading<T extends plain.Agent>(agent: T): T {
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const onread = {
      buffer: READ,
      callback(length: number): boolean {
        socket?.emit('data', READ.subarray(0, length));
        return true;
      },
    };
    // Options of a connection, which the type of those of a request does not list.
    const withBuffer = { ...options, onread };
    const socket = connect(withBuffer, callback);
    return socket;
  };
  return agent;
}

/** Connections that are kept for the next request, by protocol. */
export const CONNECTIONS = { http: reading(new plain.Agent(KEPT)), https: reading(new secure.Agent(KEPT)) };
