export type { LayerOrigin } from './facts/model.ts';
