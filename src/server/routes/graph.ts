import { renderedAnswers, respondToGraphRequest } from '../../graph/index.ts';
import type { App, ServerOptions } from '../types.ts';

/** Paths that clients ask: Cincinnati's own, and the prefix of the hosted service. */
const PATHS = ['/graph', '/v1/graph', '/api/upgrades_info/graph', '/api/upgrades_info/v1/graph'];
/** How long a compiled graph serves before the ledger is asked again; clusters poll every few minutes. */
const FRESH_MS = 1000;

/** The Cincinnati protocol, answered from the ledger's published releases. */
export function graphRoutes(app: App, { engine }: ServerOptions): void {
  let current: { readonly answers: ReturnType<typeof renderedAnswers>; readonly until: number } | undefined;
  const answers = async (): Promise<ReturnType<typeof renderedAnswers>> => {
    const now = performance.now();
    if (current === undefined || current.until < now)
      current = { answers: renderedAnswers(await engine.catalogue.graph()), until: now + FRESH_MS };
    return current.answers;
  };
  for (const path of PATHS) {
    app.get(
      path,
      { schema: { summary: 'Update graph (Cincinnati protocol): ?channel=…&arch=…', hide: path !== '/graph' } },
      async (request, reply) => {
        const { accept, 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = request.headers;
        const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
        const answer = respondToGraphRequest({ query, accept, acceptEncoding, ifNoneMatch }, await answers());
        return reply.code(answer.status).headers(answer.headers).send(answer.body);
      },
    );
  }
}
