export { type GateRecord, listGates, listOutcomes, putGate } from './gates.ts';
export { type JobRunRecord, listJobRuns, putJobRun } from './job-runs.ts';
export { listPublications, type PublicationRecord, putPublication } from './publications.ts';
export {
  getPromotion,
  getRelease,
  insertRelease,
  listReleases,
  type ReleaseChanges,
  type ReleaseFilter,
  type ReleaseRecord,
  updateRelease,
} from './releases.ts';
export { listSignatures, listSigners, putSignature, type SignatureRecord } from './signatures.ts';
export { failStep, finishStep, getStep, listSteps, noteStep, type StepRecord, skipStep, startStep } from './steps.ts';
export { getStream, listStreams, putStream, type StreamRecord } from './streams.ts';
