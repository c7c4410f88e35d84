import { Type } from 'typebox';
import { ApiError, StreamView } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

export function streamRoutes(app: App, { engine }: ServerOptions): void {
  app.get(
    '/api/streams',
    {
      schema: {
        summary: 'All release streams with their releases, newest first',
        response: { 200: Type.Object({ streams: Type.Array(StreamView) }) },
      },
    },
    async () => ({
      streams: await engine.catalogue.streams(),
    }),
  );
  app.get(
    '/api/streams/:name',
    {
      schema: {
        summary: 'One release stream',
        params: Type.Object({ name: Type.String() }),
        response: { 200: StreamView, 404: ApiError },
      },
    },
    async (request) => engine.catalogue.stream(request.params.name),
  );
}
