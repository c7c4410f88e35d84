import { Type } from 'typebox';
import {
  badgeSvg,
  CORS,
  channelDot,
  channelMermaid,
  errorBody,
  explainEdge,
  explainFrom,
  homeChannel,
  lanesSvg,
  matrixOf,
  newestReachable,
  planPaths,
  timelineSvg,
} from '../../../graph/index.ts';
import { SlipwayError, sha256Hex } from '../../../util/index.ts';
import type { GraphHost } from '../../graph/index.ts';
import { ApiError, ExplainAnswer, MatrixAnswer, PathAnswer } from '../../schema/index.ts';
import type { App } from '../../types.ts';
import { promotionsRoute } from './promotions.ts';

/** Where clients of the hosted service look, and where they look without its prefix. */
const PREFIXES = ['', '/api/upgrades_info'] as const;
const Channel = Type.String({ pattern: '^[0-9a-z.-]+$' });
const Arch = Type.String({ pattern: '^[0-9a-z]+$', default: 'amd64' });
const Version = Type.String({ minLength: 1, maxLength: 128 });

/** Paths of the Cincinnati protocol. */
export const GRAPH_PATHS: readonly string[] = PREFIXES.flatMap((prefix) => [`${prefix}/graph`, `${prefix}/v1/graph`]);

/** The Cincinnati protocol and what goes beyond it. */
export function graphRoutes(app: App, host: GraphHost): void {
  protocolRoutes(app, host);
  explainRoute(app, host);
  pathRoute(app, host);
  promotionsRoute(app, host);
  drawingRoutes(app, host);
}

function protocolRoutes(app: App, host: GraphHost): void {
  for (const path of GRAPH_PATHS) {
    app.get(
      path,
      { schema: { summary: 'Update graph (Cincinnati protocol): ?channel=…&arch=…', hide: path !== '/graph' } },
      async (request, reply) => {
        const { accept, 'accept-encoding': acceptEncoding, 'if-none-match': ifNoneMatch } = request.headers;
        const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?') + 1) : '';
        const since = performance.now();
        const answer = (await host.responder())({ query, accept, acceptEncoding, ifNoneMatch });
        host.metrics.answered(path, answer, since);
        reply.code(answer.status).headers(answer.headers);
        return answer.status === 304 ? reply.send() : reply.send(answer.body);
      },
    );
    app.options(path, { schema: { hide: true } }, async (_request, reply) => reply.code(204).headers(CORS).send());
  }
  for (const prefix of PREFIXES) {
    app.get(
      `${prefix}/graph-data`,
      { schema: { summary: 'Graph-data as tar.gz, for Cincinnati and oc-mirror', hide: prefix === '' } },
      async (request, reply) => {
        const bytes = await host.graphData();
        const etag = `"${sha256Hex(bytes)}"`;
        reply.headers({ ...CORS, etag, 'cache-control': 'public, max-age=60' });
        if (request.headers['if-none-match'] === etag) return reply.code(304).send();
        return reply.type('application/gzip').send(Buffer.from(bytes));
      },
    );
    // as upstream: a description of the protocol at its side
    for (const path of [`${prefix}/openapi`, `${prefix}/v1/openapi`])
      app.get(path, { schema: { hide: true } }, (_request, reply) => reply.headers(CORS).send(app.swagger()));
  }
  app.get('/livez', { schema: { summary: 'Answers while the server runs' } }, async (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('ok\n'),
  );
  app.get('/readyz', { schema: { summary: 'Answers 200 when there is a graph to serve' } }, async (_request, reply) => {
    await host.responder();
    return reply
      .code(host.ready ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(host.ready ? 'ok\n' : 'no graph yet\n');
  });
}

function explainRoute(app: App, host: GraphHost): void {
  app.get(
    '/api/graph/explain',
    {
      schema: {
        summary: 'Why updates are offered or not: one, or every newer release',
        querystring: Type.Object({ from: Version, to: Type.Optional(Version), channel: Channel, arch: Arch }),
        response: { 200: ExplainAnswer, 400: ApiError },
      },
    },
    async (request) => {
      const { from, to, channel, arch } = request.query;
      const compiled = await host.compiled();
      const found =
        to === undefined
          ? explainFrom(compiled, from, { channel, arch })
          : [explainEdge(compiled, from, to, { channel, arch })];
      const updates = found.map((update) => ({
        ...update,
        risks: update.risks.map((risk) => ({ ...risk, matchingRules: [...risk.matchingRules] })),
        files: [...update.files],
        evidence: [...update.evidence],
      }));
      return { from, channel, arch, updates };
    },
  );
}

function pathRoute(app: App, host: GraphHost): void {
  app.get(
    '/api/graph/path',
    {
      schema: {
        summary: 'The best paths of updates between two releases',
        querystring: Type.Object({
          from: Version,
          to: Version,
          arch: Arch,
          channel: Type.Optional(Type.String({ pattern: '^[0-9a-z.,-]+$', description: 'channels that may be used' })),
          avoid: Type.Optional(Type.Literal('risks')),
          accept: Type.Optional(Type.String({ description: 'risks that do not count, separated by commas' })),
          count: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
          maxHops: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
        }),
        response: { 200: PathAnswer, 400: ApiError },
      },
    },
    async (request) => {
      const { from, to, arch, channel, avoid, accept, count, maxHops } = request.query;
      const compiled = await host.compiled();
      const question = {
        from,
        to,
        arch,
        count,
        maxHops,
        avoidRisks: avoid === 'risks',
        accept: accept === undefined ? [] : accept.split(','),
        ...(channel === undefined ? {} : { channels: channel.split(',') }),
      };
      const plans = planPaths(compiled, question).map(({ hops, ...sums }) => ({
        ...sums,
        hops: hops.map((hop) => ({
          ...hop,
          risks: hop.risks.map((risk) => ({ ...risk, matchingRules: [...risk.matchingRules] })),
          acks: [...hop.acks],
        })),
      }));
      return { from, to, arch, plans, reachable: newestReachable(compiled, question) ?? null };
    },
  );
}

const DRAWINGS = {
  timeline: 'image/svg+xml',
  dot: 'text/vnd.graphviz; charset=utf-8',
  mermaid: 'text/plain; charset=utf-8',
  lanes: 'image/svg+xml',
} as const;

function drawingRoutes(app: App, host: GraphHost): void {
  app.get(
    '/api/graph/matrix',
    {
      schema: {
        summary: 'From × to: what becomes of each update between the newest releases of a channel',
        querystring: Type.Object({ channel: Channel, arch: Arch }),
        response: { 200: MatrixAnswer },
      },
    },
    async (request) => {
      const { versions, rows, more } = matrixOf(await host.compiled(), request.query);
      return { versions: [...versions], rows: rows.map(({ from, cells }) => ({ from, cells: [...cells] })), more };
    },
  );
  app.get(
    '/api/graph/draw',
    {
      schema: {
        summary: 'A channel as a drawing: lanes from one release, timeline, dot or Mermaid',
        querystring: Type.Object({
          channel: Channel,
          arch: Arch,
          from: Type.Optional(Version),
          as: Type.Union([
            Type.Literal('timeline'),
            Type.Literal('dot'),
            Type.Literal('mermaid'),
            Type.Literal('lanes'),
          ]),
        }),
      },
    },
    async (request, reply) => {
      const { as, from, ...query } = request.query;
      const compiled = await host.compiled();
      if (as === 'lanes' && from === undefined)
        throw new SlipwayError('GRAPH_QUERY_INVALID', 'lanes are drawn from one release.', {
          place: { field: 'from' },
        });
      const text = {
        timeline: () => timelineSvg(compiled, query),
        dot: () => channelDot(compiled, query),
        mermaid: () => channelMermaid(compiled, query),
        lanes: () => lanesSvg(compiled, from ?? '', query),
      }[as]();
      return reply
        .headers({ ...CORS, 'cache-control': 'public, max-age=60' })
        .type(DRAWINGS[as])
        .send(text);
    },
  );
  app.get(
    '/badge/:file',
    {
      schema: {
        summary: 'A badge for a release: how many updates lead on (<version>.svg)',
        params: Type.Object({ file: Type.String({ pattern: '\\.svg$', maxLength: 132 }) }),
        querystring: Type.Object({ channel: Type.Optional(Channel), arch: Arch }),
      },
    },
    async (request, reply) => {
      const { arch, channel } = request.query;
      const version = request.params.file.slice(0, -'.svg'.length);
      const compiled = await host.compiled();
      const graph = compiled.architectures.get(arch);
      const node = graph?.nodes[graph.index.get(version) ?? -1];
      const home = channel ?? (node === undefined ? undefined : homeChannel(node));
      if (node === undefined || home === undefined)
        return reply
          .code(404)
          .type('application/json')
          .send(
            errorBody({ status: 404, kind: 'does_not_exist', value: `there is no release ${version} in a channel` }),
          );
      return reply
        .headers({ ...CORS, 'cache-control': 'public, max-age=60' })
        .type('image/svg+xml')
        .send(badgeSvg(compiled, version, { channel: home, arch }));
    },
  );
}
