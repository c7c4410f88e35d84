export { runGraphDot, runGraphMermaid } from './diagrams.ts';
export { type ExplainedObject, type Explanation, explainOutlines, explainPayload, runGraph } from './explain.ts';
export { runGraphSvg } from './svg.ts';
export { explanationText } from './text.ts';
