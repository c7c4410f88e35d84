export { SLIPWAY } from './cluster.ts';
export { type EmbeddedServer, startServer } from './server.ts';
