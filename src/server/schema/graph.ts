import { type Static, Type } from 'typebox';
import { parserOf } from '../../util/index.ts';

const RiskView = Type.Object({
  name: Type.String(),
  url: Type.String(),
  message: Type.String(),
  matchingRules: Type.Array(
    Type.Union([
      Type.Object({ type: Type.Literal('Always') }),
      Type.Object({ type: Type.Literal('PromQL'), promql: Type.Object({ promql: Type.String() }) }),
    ]),
  ),
});

const Code = Type.Enum([
  'Recommended',
  'Conditional',
  'NotTested',
  'TestFailing',
  'TestFlaky',
  'AuditOverridden',
  'GraphDataError',
  'SilentlyBlocked',
  'RemovedByLabel',
  'NotDeclared',
  'Quarantined',
  'Barrier',
  'DeadEnd',
  'PayloadUnsigned',
  'ContentAuditFailed',
  'PayloadGone',
  'PromotionPending',
  'PreReleaseOnly',
  'SourceNotInChannel',
  'TargetNotInChannel',
  'NotNewer',
  'ArchMissing',
  'UnknownVersion',
]);

/** Why one update is offered or not. */
export const ExplanationView = Type.Object({
  from: Type.String(),
  to: Type.String(),
  code: Code,
  text: Type.String({ description: 'one sentence' }),
  risks: Type.Array(RiskView),
  files: Type.Array(Type.String()),
  evidence: Type.Array(
    Type.Object({ text: Type.String(), url: Type.Optional(Type.String()), file: Type.Optional(Type.String()) }),
  ),
  since: Type.Optional(Type.String({ description: 'RFC 3339, where it is known' })),
  next: Type.String({ description: 'what to run next' }),
  via: Type.Optional(Type.String({ description: 'release to go to instead' })),
});
export type ExplanationView = Static<typeof ExplanationView>;

export const ExplainAnswer = Type.Object({
  from: Type.String(),
  channel: Type.String(),
  arch: Type.String(),
  updates: Type.Array(ExplanationView),
});
export type ExplainAnswer = Static<typeof ExplainAnswer>;

export const PlanView = Type.Object({
  hops: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      channel: Type.String(),
      payload: Type.String(),
      risks: Type.Array(RiskView),
      tested: Type.Enum(['tested', 'untested', 'failing', 'flaky', 'not graded']),
      acks: Type.Array(Type.String()),
      minutes: Type.Optional(Type.Number()),
    }),
  ),
  risks: Type.Integer(),
  untested: Type.Integer(),
  minors: Type.Integer(),
});
export type PlanView = Static<typeof PlanView>;

export const PathAnswer = Type.Object({
  from: Type.String(),
  to: Type.String(),
  arch: Type.String(),
  plans: Type.Array(PlanView, { description: 'best first; empty when there is no path' }),
  reachable: Type.Union([Type.String(), Type.Null()], { description: 'newest release that can be reached at all' }),
});
export type PathAnswer = Static<typeof PathAnswer>;

export const MatrixAnswer = Type.Object({
  versions: Type.Array(Type.String()),
  rows: Type.Array(
    Type.Object({
      from: Type.String(),
      cells: Type.Array(
        Type.Union([
          Type.Object({ to: Type.String(), code: Type.String(), tone: Type.String(), sign: Type.String() }),
          Type.Null(),
        ]),
      ),
    }),
  ),
  more: Type.Integer({ description: 'older releases that are not shown' }),
});
export type MatrixAnswer = Static<typeof MatrixAnswer>;

export const PromotionsAnswer = Type.Object({
  promotions: Type.Array(
    Type.Object({
      channel: Type.String(),
      feeder: Type.String(),
      version: Type.String(),
      arch: Type.String(),
      state: Type.Enum(['promoted', 'ready', 'held', 'waiting'], {
        description: 'promoted: in the channel; ready: through, not listed; held: listed, left out; waiting: neither',
      }),
      entered: Type.Optional(Type.String({ description: 'RFC 3339; when it was through' })),
      due: Type.Optional(Type.String({ description: 'RFC 3339; when its time in the feeding channel is up' })),
      hurdles: Type.Array(
        Type.Object({
          name: Type.Enum(['feeder', 'delay', 'upgrade-test', 'content-audit', 'signed', 'community', 'approval']),
          state: Type.Enum(['passed', 'open', 'waived']),
          text: Type.String(),
          url: Type.Optional(Type.String()),
        }),
      ),
    }),
  ),
});
export type PromotionsAnswer = Static<typeof PromotionsAnswer>;

/** For clients of the API in this program. */
export const parsePromotions = parserOf(PromotionsAnswer, 'CLI_ANSWER_INVALID');
export const parseExplanation = parserOf(ExplainAnswer, 'CLI_ANSWER_INVALID');
export const parsePaths = parserOf(PathAnswer, 'CLI_ANSWER_INVALID');
export const parseGraphAnswer = parserOf(
  Type.Object({
    nodes: Type.Array(
      Type.Object({
        version: Type.String(),
        payload: Type.String(),
        metadata: Type.Record(Type.String(), Type.String()),
      }),
    ),
  }),
  'CLI_ANSWER_INVALID',
);
