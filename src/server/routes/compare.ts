import { Type } from 'typebox';
import { ApiError, ReleaseChangelogView, ReleaseContentsView } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

const Params = Type.Object({ name: Type.String() });
const From = Type.Optional(
  Type.String({ description: 'release to compare with; default the accepted one before it in its stream' }),
);

const DOCUMENTS = [
  ['md', 'markdown', 'text/markdown; charset=utf-8'],
  ['html', 'html', 'text/html; charset=utf-8'],
] as const;

/** What a release holds, and what is different in another. */
export function compareRoutes(app: App, { engine }: ServerOptions): void {
  const { comparisons } = engine.catalogue;
  app.get(
    '/api/releases/:name/changelog',
    {
      schema: {
        summary: 'What a release brings that another has not: components, commits, objects, sizes, packages',
        params: Params,
        querystring: Type.Object({ from: From }),
        response: { 200: ReleaseChangelogView, 404: ApiError },
      },
    },
    async (request) => comparisons.changelog(request.params.name, request.query.from),
  );
  for (const [ending, format, type] of DOCUMENTS) {
    app.get(
      `/api/releases/:name/changelog.${ending}`,
      {
        schema: {
          summary: `The changelog as ${format === 'html' ? 'one HTML page' : 'Markdown, as oc words it'}`,
          params: Params,
          querystring: Type.Object({ from: From }),
          response: { 200: Type.String(), 404: ApiError },
        },
      },
      async (request, reply) =>
        reply
          .type(type)
          // A document to keep: a page of this site may have no styles of its own.
          .header('content-disposition', `attachment; filename="${request.params.name}.${ending}"`)
          .send(await comparisons.document(request.params.name, request.query.from, format)),
    );
  }
  app.get(
    '/api/releases/:name/contents',
    {
      schema: {
        summary: 'The files of a release with their objects, and the sizes of its images',
        params: Params,
        response: { 200: ReleaseContentsView, 404: ApiError },
      },
    },
    async (request) => comparisons.contents(request.params.name),
  );
}
