import { Type } from 'typebox';
import {
  type Cluster,
  type Explanation,
  explainOutlines,
  type FileOutline,
  type Payload,
  runGraph,
  runGraphSvg,
} from '../../payload/index.ts';
import { ApiError, PayloadExplanation } from '../schema/index.ts';
import type { App } from '../types.ts';

const Params = Type.Object({ name: Type.String() });
const Query = Type.Object(
  {
    profile: Type.Optional(Type.String({ description: 'cluster profile; default self-managed-high-availability' })),
    featureSet: Type.Optional(Type.String({ description: 'Default, OKD, TechPreviewNoUpgrade, …' })),
    capabilities: Type.Optional(
      Type.String({ description: 'baseline capability set, then more, separated by commas; default: all of them' }),
    ),
    order: Type.Optional(Type.Union([Type.Literal('update'), Type.Literal('install')])),
  },
  { additionalProperties: false },
);

function clusterOf(query: {
  readonly profile?: string | undefined;
  readonly featureSet?: string | undefined;
  readonly capabilities?: string | undefined;
}): Cluster {
  const [baseline, ...additional] = (query.capabilities ?? '').split(',').filter((name) => name !== '');
  return {
    profile: query.profile,
    featureSet: query.featureSet,
    capabilities: baseline === undefined ? undefined : { baseline, additional },
  };
}

/** The same with arrays that the answer's schema may call its own. */
function viewOf({ cluster, objects, warnings, ...rest }: Explanation) {
  const { capabilities, featureGates } = cluster;
  return {
    ...rest,
    warnings: [...warnings],
    cluster: {
      ...cluster,
      featureGates: [...featureGates],
      capabilities: capabilities === null ? null : [...capabilities],
    },
    objects: objects.map((object) => ({ ...object, capabilities: [...object.capabilities] })),
  };
}

interface Releases {
  readonly engine: {
    readonly catalogue: {
      outlines(name: string): Promise<{ readonly payload: Payload; readonly files: readonly FileOutline[] }>;
    };
  };
}

/** What of a release lands on a cluster, and in which order. */
export function explainRoutes(app: App, { engine }: Releases): void {
  app.get(
    '/api/releases/:name/explain',
    {
      schema: {
        summary: 'What of a release lands on a cluster, and why the rest does not',
        params: Params,
        querystring: Query,
        response: { 200: PayloadExplanation, 400: ApiError, 404: ApiError },
      },
    },
    async ({ params, query }) => {
      const { payload, files } = await engine.catalogue.outlines(params.name);
      return viewOf(explainOutlines(payload, files, clusterOf(query), query.order));
    },
  );
  app.get(
    '/api/releases/:name/order.svg',
    {
      schema: {
        summary: 'The order in which a release is applied, as a drawing',
        params: Params,
        querystring: Query,
        response: { 200: { description: 'SVG', type: 'string' }, 400: ApiError, 404: ApiError },
      },
    },
    async ({ params, query }, reply) => {
      const { payload, files } = await engine.catalogue.outlines(params.name);
      const drawing = runGraphSvg(runGraph(explainOutlines(payload, files, clusterOf(query), query.order)));
      return reply
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .type('image/svg+xml')
        .send(drawing);
    },
  );
}
