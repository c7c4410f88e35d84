export { LINT_RULES, lintGraph } from './lint.ts';
