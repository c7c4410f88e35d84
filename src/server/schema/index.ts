export * from './common.ts';
export * from './graph.ts';
export * from './release.ts';
