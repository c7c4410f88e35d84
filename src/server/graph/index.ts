export { GraphHost, type GraphHostOptions } from './host.ts';
export { type IndexKeys, LiveIndex } from './live-index.ts';
export { gauge, type Metric, tally } from './metrics.ts';
