import { Type } from 'typebox';
import { ApiError, ReleaseDetail, ReleaseProgress, ReleaseSummary } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

const Params = Type.Object({ name: Type.String() });
const Reason = Type.Object(
  { reason: Type.String({ minLength: 3, maxLength: 500, description: 'why; kept in the ledger' }) },
  { additionalProperties: false },
);
/** Who asks: this server trusts whoever reaches its loopback port, and says so in the ledger. */
const ACTOR = 'operator';

export function releaseRoutes(app: App, { engine }: ServerOptions): void {
  app.get(
    '/api/releases',
    {
      schema: {
        summary: 'All releases, newest first',
        response: { 200: Type.Object({ releases: Type.Array(ReleaseSummary) }) },
      },
    },
    async () => ({
      releases: await engine.catalogue.releases(),
    }),
  );
  app.get(
    '/api/releases/:name',
    {
      schema: {
        summary: 'One release with everything that is known of it',
        params: Params,
        response: { 200: ReleaseDetail, 404: ApiError },
      },
    },
    async (request) => engine.catalogue.release(request.params.name),
  );
  app.get(
    '/api/releases/:name/progress',
    {
      schema: {
        summary: 'How far a release is: phase and steps',
        params: Params,
        response: { 200: ReleaseProgress, 404: ApiError },
      },
    },
    async (request) => engine.catalogue.progress(request.params.name),
  );
  for (const [verb, phase] of [
    ['accept', 'Accepted'],
    ['reject', 'Rejected'],
  ] as const) {
    app.post(
      `/api/releases/:name/${verb}`,
      {
        schema: {
          summary: `Overrides the gates: ${verb}s a nightly, with a reason`,
          params: Params,
          body: Reason,
          response: { 200: ReleaseSummary, 404: ApiError, 409: ApiError },
        },
      },
      async (request) => {
        await engine.override(request.params.name, phase, request.body.reason, ACTOR);
        return engine.catalogue.summary(request.params.name);
      },
    );
  }
  app.post(
    '/api/releases/:name/retry',
    {
      schema: {
        summary: 'Tries a failed release again, at the step that failed',
        params: Params,
        response: { 202: Type.Object({ release: Type.String() }), 404: ApiError, 409: ApiError },
      },
    },
    async (request, reply) => {
      await engine.retry(request.params.name, ACTOR);
      return reply.code(202).send({ release: request.params.name });
    },
  );
  app.post(
    '/api/releases/:name/promote',
    {
      schema: {
        summary: 'Promotes an accepted nightly that the stable stream takes; with a reason, also one that it refuses',
        params: Params,
        body: Type.Partial(Reason, { additionalProperties: false }),
        response: { 202: Type.Object({ release: Type.String() }), 404: ApiError, 409: ApiError },
      },
    },
    async ({ params, body }, reply) =>
      reply.code(202).send({ release: await engine.promote(params.name, ACTOR, body.reason) }),
  );
}
