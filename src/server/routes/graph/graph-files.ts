import { Type } from 'typebox';
import { CORS } from '../../../graph/index.ts';
import { sha256Hex } from '../../../util/index.ts';
import type { GraphHost, LiveIndex } from '../../graph/index.ts';
import type { App } from '../../types.ts';

const TYPES = {
  'index.json': 'application/json; charset=utf-8',
  'index.dsse.json': 'application/json; charset=utf-8',
  'index.json.asc': 'application/pgp-signature',
  'graph-data.tar.gz': 'application/gzip',
} as const;

/** The paths of a published graph, from the one that is served: `slipway graph verify URL` reads them. */
export function graphFileRoutes(app: App, host: GraphHost, index: LiveIndex): void {
  for (const [path, type] of Object.entries(TYPES))
    app.get(
      `/${path}`,
      { schema: { summary: `The published graph's ${path}`, hide: path !== 'index.json' } },
      async (request, reply) => {
        const bytes = await index.file(path);
        if (bytes === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('not signed this way\n');
        const etag = `"${sha256Hex(bytes)}"`;
        reply.headers({ ...CORS, etag, 'cache-control': 'public, max-age=60' });
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.type(type).send(Buffer.from(bytes));
      },
    );
  app.get(
    '/graph/:arch/:file',
    {
      schema: {
        summary: 'The answer for a channel as a file: <arch>/<channel>.json',
        params: Type.Object({
          arch: Type.String({ pattern: '^[0-9a-z]+$' }),
          file: Type.String({ pattern: '^[0-9a-z.-]+\\.json$', maxLength: 255 }),
        }),
      },
    },
    async (request, reply) => {
      const { arch, file } = request.params;
      const channel = file.slice(0, -'.json'.length);
      const compiled = await host.compiled();
      // as a folder of files: what is not there is not found
      if (!compiled.architectures.has(arch) || !compiled.channels.includes(channel))
        return reply.code(404).headers(CORS).type('text/plain; charset=utf-8').send('no such channel\n');
      const { 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = request.headers;
      const query = new URLSearchParams({ channel, arch }).toString();
      const answer = (await host.responder())({ query, accept: 'application/json', acceptEncoding, ifNoneMatch });
      reply.code(answer.status).headers(answer.headers);
      return answer.status === 304 ? reply.send() : reply.send(answer.body);
    },
  );
}
