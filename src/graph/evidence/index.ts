export { gradeEdge, inName, notTestedRisk } from './grade.ts';
export { parseEvidence } from './parse.ts';
