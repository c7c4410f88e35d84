export { Front } from './front.ts';
export { graphFront } from './graph.ts';
