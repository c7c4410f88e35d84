import { Type } from 'typebox';
import type { App, ServerOptions } from '../app.ts';
import { ChannelView } from '../schema/index.ts';

export function channelRoutes(app: App, { engine }: ServerOptions): void {
  app.get('/api/channels', { schema: { summary: 'Update channels: releases and the updates between them', response: { 200: Type.Object({ channels: Type.Array(ChannelView) }) } } }, async () => ({
    channels: await engine.catalogue.channels(),
  }));
}
