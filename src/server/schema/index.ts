export * from './common.ts';
export * from './release.ts';
