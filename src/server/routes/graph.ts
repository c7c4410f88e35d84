import { renderedAnswers, respondToGraphRequest } from '../../graph/index.ts';
import type { App, ServerOptions } from '../types.ts';

/** Paths that clients ask: Cincinnati's own, and the prefix of the hosted service. */
const PATHS = ['/graph', '/v1/graph', '/api/upgrades_info/graph', '/api/upgrades_info/v1/graph'];
/** How long a compiled graph serves before the ledger is asked again; clusters poll every few minutes. */
const FRESH_MS = 1000;

/** The Cincinnati protocol, answered from the ledger's published releases. */
export function graphRoutes(app: App, { engine }: ServerOptions): void {
  type Answers = ReturnType<typeof renderedAnswers>;
  let current: { readonly answers: Promise<Answers>; until: number } | undefined;
  /** Compiled once for all who ask at the same time; a failure is nobody's for longer than its own request. */
  const answers = async (): Promise<Answers> => {
    if (current === undefined || current.until < performance.now()) {
      const made = { answers: engine.catalogue.graph().then(renderedAnswers), until: Number.POSITIVE_INFINITY };
      current = made;
      made.answers.then(
        () => {
          made.until = performance.now() + FRESH_MS;
        },
        () => {
          made.until = 0;
        },
      );
    }
    return await current.answers;
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
