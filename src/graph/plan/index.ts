export { imageSetConfiguration, mermaid, mirrorList, runbook } from './output.ts';
export { type Hop, newestReachable, type Plan, type PlanRequest, planPaths } from './plan.ts';
