export type { Catalogue } from './catalogue/index.ts';
export { loadReleaseDefinition, parseReleaseDefinition, type ReleaseDefinition } from './definition/index.ts';
export type { Engine, Moment } from './engine.ts';
export { type EngineOptions, openEngine } from './open.ts';
export { readSettings, type WorkspaceSettings, workspacePaths } from './workspace.ts';
