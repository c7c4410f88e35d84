import { type GraphHost, gauge, type Metric, tally } from '../../graph/index.ts';
import type { App } from '../../types.ts';

export interface MetricsOptions {
  readonly version: string;
  /** The engine's releases, where there is an engine. */
  readonly releases?: () => Promise<readonly { readonly stream: string; readonly phase: string }[]>;
}

/** `/metrics` for Prometheus: what Cincinnati has, by its names, and the engine's own. */
export function metricsRoute(app: App, host: GraphHost, { version, releases }: MetricsOptions): void {
  app.get('/metrics', { schema: { summary: 'Metrics, in the text format of Prometheus' } }, async (_request, reply) => {
    const { rss } = process.memoryUsage();
    const more: readonly Metric[] = [
      gauge('slipway_build_info', 'Which Slipway this is', [{ labels: { version }, value: 1 }]),
      ...(releases === undefined
        ? []
        : [
            gauge(
              'slipway_releases',
              'Releases of the engine',
              tally(await releases(), ({ stream, phase }) => ({ stream, phase })),
            ),
          ]),
      gauge('process_resident_memory_bytes', 'Resident memory size in bytes', [{ value: rss }]),
      gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds', [
        { value: Math.floor(Date.now() / 1000 - process.uptime()) },
      ]),
    ];
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(host.metrics.render(host.last, more));
  });
}
