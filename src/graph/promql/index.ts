export { evaluateQuery, type Sample, type Series } from './evaluate.ts';
