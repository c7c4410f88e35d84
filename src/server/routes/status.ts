import { StatusView } from '../schema/index.ts';
import type { App, ServerOptions } from '../types.ts';

export function statusRoutes(app: App, { engine, version }: ServerOptions): void {
  app.get(
    '/api/status',
    { schema: { summary: 'What this server is and what it is doing', response: { 200: StatusView } } },
    async () => ({
      version,
      publicUrl: engine.tools.publicUrl,
      registry: engine.tools.settings.publicRegistry,
      running: engine.running() ?? null,
      keyFingerprint: engine.tools.key.fingerprint,
    }),
  );
}
