import { Type } from 'typebox';
import { listPromotions } from '../../../graph/index.ts';
import type { GraphHost } from '../../graph/index.ts';
import { PromotionsAnswer } from '../../schema/index.ts';
import type { App } from '../../types.ts';

/** How releases stand before the gates of channels. */
export function promotionsRoute(app: App, host: GraphHost): void {
  app.get(
    '/api/graph/promotions',
    {
      schema: {
        summary: 'Which releases are through the gates of channels, and what keeps the others out',
        querystring: Type.Object({
          channel: Type.Optional(Type.String({ pattern: '^[0-9a-z.-]+$' })),
          arch: Type.Optional(Type.String({ pattern: '^[0-9a-z]+$' })),
        }),
        response: { 200: PromotionsAnswer },
      },
    },
    async (request) => {
      const promotions = listPromotions(await host.compiled(), request.query);
      return { promotions: promotions.map((one) => ({ ...one, hurdles: [...one.hurdles] })) };
    },
  );
}
