export { componentNames } from './component-names.ts';
export { compilePattern, firstMatch, type Standing, standing } from './pattern.ts';
