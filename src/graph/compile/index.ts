export { ruleOf } from './channels.ts';
export { type CompileOptions, compileGraph } from './compile.ts';
export { buildReleaseGraph } from './ledger.ts';
export { exactly, overrideRisk, sourceEdges } from './rules.ts';
