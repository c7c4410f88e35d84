import { Type } from 'typebox';
import { ChannelView } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

export function channelRoutes(app: App, { engine }: ServerOptions): void {
  app.get(
    '/api/channels',
    {
      schema: {
        summary: 'Update channels: releases and the updates between them',
        response: { 200: Type.Object({ channels: Type.Array(ChannelView) }) },
      },
    },
    async () => ({
      channels: await engine.catalogue.channels(),
    }),
  );
}
