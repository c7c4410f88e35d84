import type { ColumnType } from 'kysely';
import type { Json } from '../util/index.ts';

export type ReleaseKind = 'nightly' | 'candidate' | 'stable';
export type Phase = 'Pending' | 'Ready' | 'Accepted' | 'Rejected' | 'Failed';
export type StepState = 'waiting' | 'running' | 'done' | 'bad' | 'skipped';
export type JobRunState = 'running' | 'passed' | 'failed' | 'errored';
export type PublicationState = 'pending' | 'done';

/**
 * A `jsonb` column: a parsed value when read, JSON text when written. Text, because `pg` would send a JavaScript array
 * as a PostgreSQL array.
 */
type JsonColumn<Read = Json> = ColumnType<Read, string, string>;

export interface StreamTable {
  name: string;
  config: JsonColumn;
  created_at: Date;
}

export interface ReleaseTable {
  /** OKD version. */
  name: string;
  stream: string;
  kind: ReleaseKind;
  phase: Phase;
  payload_digest: string | null;
  payload_ref: string | null;
  /** Name of the release a stable one was made of. */
  promoted_from: string | null;
  /** Identity of the component set, so that the same input is not built twice. */
  input_hash: string | null;
  reason: string | null;
  facts: JsonColumn;
  created_at: Date;
}

export interface StepTable {
  release: string;
  step: string;
  state: StepState;
  attempt: number;
  input_digest: string | null;
  output: JsonColumn<Json> | null;
  detail: string | null;
  error: JsonColumn<Json> | null;
  started_at: Date | null;
  finished_at: Date | null;
}

export interface GateTable {
  release: string;
  gate: string;
  blocking: boolean;
  /** `null`: not run. */
  passed: boolean | null;
  reason: string;
  evidence: JsonColumn<readonly string[]>;
  decided_at: Date;
}

export interface JobRunTable {
  release: string;
  job: string;
  attempt: number;
  blocking: boolean;
  state: JobRunState;
  started_at: Date;
  finished_at: Date | null;
  /** What the JUnit report said. */
  summary: JsonColumn<Json> | null;
  log_path: string | null;
}

export interface SignatureTable {
  digest: string;
  /** `N` of `signature-N`, from 1. */
  n: number;
  key_fingerprint: string;
  reference: string;
  bytes: Buffer;
}

export interface PublicationTable {
  release: string;
  /** What was published to: `registry`, `signatures`, `downloads`, `graph`. */
  target: string;
  digest: string;
  state: PublicationState;
  updated_at: Date;
}

/** Append-only; a trigger refuses everything but INSERT. See `ledger.ts`. */
export interface LedgerTable {
  sequence: number;
  at: Date;
  kind: string;
  actor: string;
  subject: string;
  payload: JsonColumn;
  previous: string;
  hash: string;
}

/** Tables of the schema `slipway`. */
export interface Schema {
  streams: StreamTable;
  releases: ReleaseTable;
  steps: StepTable;
  gates: GateTable;
  job_runs: JobRunTable;
  signatures: SignatureTable;
  publications: PublicationTable;
  ledger: LedgerTable;
}
