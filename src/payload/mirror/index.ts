export { type Mirrored, type MirrorOptions, mirrorImages, mirrorPayload } from './copy.ts';
export { type InstructionKind, mirrorInstructions, mirrorManifest } from './instructions.ts';
export type { MirrorProgress } from './meter.ts';
export { formatMapping, type MirrorPlan, planMirror } from './plan.ts';
export { formatManifests, formatMirrorReport, type ReportOptions } from './report.ts';
export { type ReleaseSignatures, releaseSignatures, type SignatureOptions } from './signatures.ts';
