export { importCincinnati } from './cincinnati.ts';
export { httpReader, readJson } from './fetch.ts';
export { newEvidence, newReleases } from './ledger.ts';
export { importRegistry } from './registry.ts';
export { importArchive, importReleaseController } from './release-controller.ts';
export type { Imported } from './types.ts';
