export * from './audit.ts';
export * from './changelog.ts';
export * from './common.ts';
export * from './graph.ts';
export * from './payload.ts';
export * from './release.ts';
