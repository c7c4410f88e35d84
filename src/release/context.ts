import type { KeyObject } from 'node:crypto';
import type { LocalRegistry, Repository } from '../oci/index.ts';
import type { ManifestOutlines } from '../payload/index.ts';
import type { SigningKey } from '../sign/index.ts';
import type { JobDefinition, JobRun } from '../verify/index.ts';
import type { ReleaseKind, StepName, StepStatus } from './decide/index.ts';
import type { ReleaseDefinition } from './definition/index.ts';
import type { EvidenceStore, PromotionJudgement, StepOutput } from './kept/index.ts';
import type { WorkspacePaths, WorkspaceSettings } from './workspace.ts';

/** Where end-to-end jobs reach the registry while a release is not public yet. */
export interface JobEndpoint {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Value of the Authorization header that opens the staging repositories. */
  readonly authorization: string;
}

/** The repositories of one release definition. */
export interface Repositories {
  /** Components of a nightly before it is accepted; not readable without the job credential. */
  readonly stagingContent: Repository;
  /** Payloads before they are published. */
  readonly stagingRelease: Repository;
  /** Components that others pull. */
  readonly content: Repository;
  /** Payloads that others pull, one tag a version. */
  readonly release: Repository;
  /** `host[:port]/path` of `content` and `release`, as pull specs name them. */
  readonly contentName: string;
  readonly releaseName: string;
}

/** What all steps share. */
export interface Tools {
  readonly definition: ReleaseDefinition;
  readonly paths: WorkspacePaths;
  readonly settings: WorkspaceSettings;
  readonly registry: LocalRegistry;
  readonly repositories: Repositories;
  readonly evidence: EvidenceStore;
  readonly outlines: ManifestOutlines;
  readonly key: SigningKey;
  /** Signs attestations; the workspace's own, made with it. */
  readonly attestationKey: KeyObject;
  /** Base URL of this server as others reach it, for signature stores and downloads. */
  readonly publicUrl: string;
  readonly endpoint: () => JobEndpoint;
  readonly clock: () => Date;
  /** Path of the slipway program, for jobs. */
  readonly program: string;
}

/** The release a step works on. */
export interface ReleaseSubject {
  readonly name: string;
  readonly kind: ReleaseKind;
  readonly createdAt: Date;
  /** Component set of a nightly. */
  readonly set: string;
  /** The nightly a stable release is made of. */
  readonly promotedFrom: string | undefined;
  /** Versions a stable release can be reached from. */
  readonly previous: readonly string[];
  /** How the stable stream judged what a stable release is made of. */
  readonly judgement: PromotionJudgement | undefined;
}

export interface JobRunLog {
  /** Finished attempts of one job, first attempt first. */
  finished(job: string): Promise<readonly JobRun[]>;
  started(definition: JobDefinition, attempt: number, at: Date): Promise<void>;
  ended(run: JobRun): Promise<void>;
}

export interface SignatureLog {
  of(digest: string): Promise<readonly StoredSignature[]>;
  add(signature: StoredSignature): Promise<void>;
}

export interface StoredSignature {
  readonly digest: string;
  /** `N` of `signature-N`. */
  readonly n: number;
  readonly keyFingerprint: string;
  readonly reference: string;
  readonly bytes: Uint8Array;
}

export interface StepContext extends Tools {
  readonly release: ReleaseSubject;
  /** Output of an earlier step, of this release or of another (`of`). */
  output<Name extends StepName>(step: Name, of?: string): Promise<StepOutput<Name>>;
  /** The newest release of the same stream before this one that was audited and accepted. */
  lastAccepted(): Promise<string | undefined>;
  /** States of this release's steps. */
  states(): Promise<Readonly<Partial<Record<StepName, StepStatus>>>>;
  /** Attempts of end-to-end jobs, as the database knows them. */
  readonly jobRuns: JobRunLog;
  readonly signatures: SignatureLog;
  /** Aborted when the engine closes. */
  readonly signal: AbortSignal;
  /** Says what is being done now, one short line; shown while the step runs. */
  progress(detail: string): void;
}

export interface StepResult<Name extends StepName> {
  /** `bad`: judged bad, with the output as evidence. An error means that it could not be judged. */
  readonly state: 'done' | 'bad';
  /** What was found, one line. */
  readonly detail: string;
  readonly output: StepOutput<Name>;
}

/**
 * One step of a release. `run` is idempotent: a process killed at any point runs it again from the start, and the
 * second run leaves the same state as an undisturbed first one.
 */
export interface Step<Name extends StepName = StepName> {
  readonly name: Name;
  run(context: StepContext): Promise<StepResult<Name>>;
}
