import { Type } from 'typebox';
import { ApiError } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

const Params = Type.Object({ name: Type.String() });

/** Nobody's text becomes a page of this site. */
const AS_TEXT = { 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox" };

function attachment(name: string): string {
  return `attachment; filename="${name.replaceAll(/[^\w.+-]/g, '_')}"`;
}

/** The parts of a published release: its manifests together and one by one, its lock, its signatures for a cluster. */
export function partRoutes(app: App, { engine }: ServerOptions): void {
  app.get(
    '/api/releases/:name/files/:file',
    {
      schema: {
        summary: 'One file of /release-manifests, as it is',
        params: Type.Object({ name: Type.String(), file: Type.String() }),
        response: { 200: Type.Unknown({ description: 'the file' }), 404: ApiError },
      },
    },
    async ({ params }, reply) => {
      const parts = await engine.catalogue.parts(params.name);
      return reply
        .headers(AS_TEXT)
        .type('text/plain; charset=utf-8')
        .send(Buffer.from(parts.file(params.file)));
    },
  );
  app.get(
    '/api/releases/:name/manifests.tar.gz',
    {
      schema: {
        summary: 'All files of /release-manifests: the layer of the release image',
        params: Params,
        response: { 200: Type.Unknown({ description: 'the file' }), 404: ApiError },
      },
    },
    async ({ params }, reply) => {
      const { content, size } = await (await engine.catalogue.parts(params.name)).manifests();
      return reply
        .header('content-disposition', attachment(`${params.name}-manifests.tar.gz`))
        .header('content-length', size)
        .type('application/gzip')
        .send(content);
    },
  );
  app.get(
    '/api/releases/:name/lock.yaml',
    {
      schema: {
        summary: 'What `slipway payload new --from-lock` makes the release of again',
        params: Params,
        response: { 200: Type.Unknown({ description: 'the file' }), 404: ApiError },
      },
    },
    async ({ params }, reply) =>
      reply
        .header('content-disposition', attachment(`${params.name}-lock.yaml`))
        .type('application/yaml; charset=utf-8')
        .send((await engine.catalogue.parts(params.name)).lock()),
  );
  app.get(
    '/api/releases/:name/signatures.json',
    {
      schema: {
        summary: 'The ConfigMap that brings the signatures of a release to a disconnected cluster',
        params: Params,
        response: { 200: Type.Unknown({ description: 'the file' }), 404: ApiError },
      },
    },
    async ({ params }, reply) =>
      reply
        .header('content-disposition', attachment(`${params.name}-signatures.json`))
        .type('application/json; charset=utf-8')
        .send(Buffer.from(await (await engine.catalogue.parts(params.name)).signatures())),
  );
}
