export { loadReleaseDefinition, parseReleaseDefinition, readPart } from './parse.ts';
export { type JobConfiguration, PROMOTION, type ReleaseDefinition } from './schema.ts';
