import { type Static, Type } from 'typebox';
import { Nullable } from '../../util/index.ts';
import { AuditView } from './audit.ts';
import { Timestamp } from './common.ts';

export const Phase = Type.Union(
  ['Pending', 'Ready', 'Accepted', 'Rejected', 'Failed'].map((name) => Type.Literal(name)) as [
    ReturnType<typeof Type.Literal<'Pending'>>,
    ReturnType<typeof Type.Literal<'Ready'>>,
    ReturnType<typeof Type.Literal<'Accepted'>>,
    ReturnType<typeof Type.Literal<'Rejected'>>,
    ReturnType<typeof Type.Literal<'Failed'>>,
  ],
);

export const ReleaseSummary = Type.Object({
  name: Type.String({ description: 'OKD version, e.g. 4.21.0-okd-scos.0' }),
  stream: Type.String(),
  kind: Type.Union([Type.Literal('nightly'), Type.Literal('candidate'), Type.Literal('stable')]),
  phase: Phase,
  createdAt: Timestamp,
  digest: Nullable(Type.String({ description: 'digest of the payload, once assembled' })),
  pullSpec: Nullable(Type.String({ description: 'where others can pull it; null until published' })),
  promotedFrom: Nullable(Type.String()),
  promotedTo: Nullable(Type.String()),
  signed: Type.Boolean(),
  published: Type.Boolean(),
  channels: Type.Array(Type.String()),
  reason: Nullable(Type.String({ description: 'why it has its phase, one sentence' })),
});
export type ReleaseSummary = Static<typeof ReleaseSummary>;

export const StepState = Type.Object({
  name: Type.String({ description: 'import, audit, assemble, lint, verify, judge, promote, sign, publish' }),
  title: Type.String(),
  state: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('bad'),
    Type.Literal('skipped'),
  ]),
  startedAt: Nullable(Timestamp),
  seconds: Nullable(Type.Number()),
  detail: Nullable(Type.String({ description: 'what it found, one line' })),
});

/** What a watcher asks for again and again: cheap to answer while the engine works. */
export const ReleaseProgress = Type.Object({
  ...Type.Pick(ReleaseSummary, ['name', 'phase', 'promotedTo', 'reason']).properties,
  working: Type.Boolean({ description: 'whether the engine has more to do for it' }),
  steps: Type.Array(StepState),
});
export type ReleaseProgress = Static<typeof ReleaseProgress>;

export const GateResult = Type.Object({
  gate: Type.String({ description: 'audit, lint, or the name of an end-to-end job' }),
  blocking: Type.Boolean(),
  passed: Nullable(Type.Boolean({ description: 'null while it runs' })),
  reason: Type.String(),
  evidence: Type.Array(Type.String({ description: 'ids or digests of what the decision rests on' })),
});

export const ComponentView = Type.Object({
  name: Type.String(),
  pullSpec: Type.String(),
  operator: Nullable(Type.Boolean({ description: 'null when the image can not be read' })),
  sourceLocation: Nullable(Type.String()),
  commit: Nullable(Type.String()),
  packages: Nullable(Type.Integer({ description: 'null when the report of the audit can not be read' })),
  sizeBytes: Nullable(Type.Integer({ description: 'compressed, sum of layers; null when the image can not be read' })),
  problem: Nullable(Type.String({ description: 'why the image can not be read' })),
  versions: Type.Record(Type.String(), Type.String()),
});

export const LintFindingView = Type.Object({
  rule: Type.String(),
  severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('info')]),
  message: Type.String(),
  place: Nullable(Type.String()),
});

export const JobRunView = Type.Object({
  job: Type.String(),
  attempt: Type.Integer(),
  blocking: Type.Boolean(),
  state: Type.Union([Type.Literal('running'), Type.Literal('passed'), Type.Literal('failed'), Type.Literal('errored')]),
  seconds: Nullable(Type.Number()),
  tests: Type.Integer(),
  failures: Type.Integer(),
  skipped: Type.Integer(),
  failed: Type.Array(Type.Object({ name: Type.String(), message: Type.String() })),
});

export const PackageChangesView = Type.Object({
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  changed: Type.Array(Type.Object({ name: Type.String(), from: Type.String(), to: Type.String() })),
});

export const ChangelogView = Type.Object({
  from: Type.String({ description: 'accepted release of the same stream before this one' }),
  added: Type.Array(Type.String()),
  removed: Type.Array(Type.String()),
  changed: Type.Array(
    Type.Object({
      names: Type.Array(Type.String()),
      repository: Nullable(Type.String()),
      fromCommit: Nullable(Type.String()),
      toCommit: Nullable(Type.String()),
      compareUrl: Nullable(Type.String()),
    }),
  ),
  rebuilt: Type.Array(Type.String()),
  /** Null when a report, which lists them, can not be read. */
  packages: Nullable(PackageChangesView),
});

export const DownloadView = Type.Object({
  name: Type.String(),
  sizeBytes: Type.Integer(),
  sha256: Type.String(),
  url: Type.String(),
});
/** A report of the audit, or something of it that is signed. */
export const AttestationView = Type.Object({
  name: Type.String(),
  title: Type.String(),
  predicateType: Nullable(
    Type.String({ description: 'of the in-toto statement; null for a report, which nobody signed' }),
  ),
  sizeBytes: Type.Integer(),
  sha256: Type.String(),
  url: Type.String(),
});
export const SignatureView = Type.Object({
  keyId: Type.String(),
  fingerprint: Type.String(),
  reference: Type.String(),
  url: Type.String(),
});
export const LedgerEntryView = Type.Object({
  sequence: Type.Integer(),
  at: Timestamp,
  kind: Type.String(),
  actor: Type.String(),
  summary: Type.String(),
  digest: Type.String(),
});

export const ReleaseDetail = Type.Object({
  ...ReleaseSummary.properties,
  ...ReleaseProgress.properties,
  gates: Type.Array(GateResult),
  audit: Nullable(AuditView),
  auditProblem: Nullable(Type.String({ description: 'why a report that is there can not be shown' })),
  lint: Type.Array(LintFindingView),
  components: Type.Array(ComponentView),
  payloadProblem: Nullable(Type.String({ description: 'why the payload can not be read, and has no components here' })),
  componentVersions: Type.Array(
    Type.Object({ name: Type.String(), displayName: Type.String(), version: Type.String() }),
  ),
  manifests: Type.Integer(),
  verification: Type.Array(JobRunView),
  /** Null without a payload, and without an earlier release to compare it with. */
  changelog: Nullable(ChangelogView),
  signatures: Type.Array(SignatureView),
  downloads: Type.Array(DownloadView),
  attestations: Type.Array(AttestationView),
  upgradesFrom: Type.Array(Type.String()),
  upgradesTo: Type.Array(Type.String()),
  ledger: Type.Array(LedgerEntryView),
});
export type ReleaseDetail = Static<typeof ReleaseDetail>;

export const StreamView = Type.Object({
  name: Type.String(),
  title: Type.String(),
  kind: Type.Union([Type.Literal('nightly'), Type.Literal('stable')]),
  message: Type.String(),
  channel: Nullable(Type.String()),
  policy: Nullable(Type.String()),
  gates: Type.Array(Type.Object({ name: Type.String(), blocking: Type.Boolean(), description: Type.String() })),
  latestAccepted: Nullable(Type.String()),
  releases: Type.Array(ReleaseSummary),
});
export type StreamView = Static<typeof StreamView>;

export const StatusView = Type.Object({
  version: Type.String(),
  publicUrl: Type.String(),
  registry: Type.String(),
  running: Nullable(Type.String({ description: 'name of the release being worked on' })),
  keyFingerprint: Nullable(Type.String()),
});
export type StatusView = Static<typeof StatusView>;

/** The graph page's view of one channel: a Cincinnati answer plus what a person wants to know about each node. */
export const ChannelView = Type.Object({
  name: Type.String(),
  architectures: Type.Array(Type.String()),
  nodes: Type.Array(
    Type.Object({
      version: Type.String(),
      payload: Type.String(),
      digest: Type.String(),
      phase: Type.String(),
      signed: Type.Boolean(),
    }),
  ),
  edges: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      conditional: Type.Boolean(),
      risks: Type.Array(Type.Object({ name: Type.String(), message: Type.String(), url: Type.String() })),
    }),
  ),
});
export type ChannelView = Static<typeof ChannelView>;
