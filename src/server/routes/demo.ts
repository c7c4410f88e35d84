import { Type } from 'typebox';
import { ApiError } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

export function demoRoutes(app: App, { engine }: ServerOptions): void {
  app.post(
    '/api/demo',
    {
      schema: {
        summary: 'Makes a new nightly of one of the component sets',
        body: Type.Object(
          {
            set: Type.String({
              pattern: '^[a-z0-9][a-z0-9.-]*$',
              description: 'component set of the release definition',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 202: Type.Object({ release: Type.String() }), 404: ApiError },
      },
    },
    async (request, reply) => reply.code(202).send({ release: await engine.start(request.body.set, 'operator') }),
  );
}
