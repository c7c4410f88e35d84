import { request } from 'node:https';
import { messageOf, SlipwayError } from '../util/index.ts';
import type { KubeConnection } from './kubeconfig.ts';

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;

export interface KubeAnswer {
  readonly status: number;
  readonly body: string;
}

/** One request to an API server; answers of any status come back. Throws `KUBE_UNREACHABLE`. */
export function kubeRequest(
  connection: KubeConnection,
  path: string,
  { method = 'GET', body }: { readonly method?: 'GET' | 'POST' | 'PUT'; readonly body?: string } = {},
): Promise<KubeAnswer> {
  const { server, insecure, token, namespace: _namespace, ...tls } = connection;
  return new Promise((done, failed) => {
    const fail = (cause: unknown): void =>
      failed(
        new SlipwayError('KUBE_UNREACHABLE', `the API server could not be asked: ${messageOf(cause)}.`, {
          place: { file: `${server}${path}` },
          cause,
        }),
      );
    const call = request(
      `${server}${path}`,
      {
        ...tls,
        method,
        rejectUnauthorized: !insecure,
        timeout: TIMEOUT_MS,
        headers: {
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > MAX_BYTES) response.destroy(new Error('the answer is too large'));
        });
        response.on('error', fail);
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', fail);
    call.end(body);
  });
}
