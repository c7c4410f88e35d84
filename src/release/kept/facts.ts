import { type Static, Type } from 'typebox';
import { type DeepReadonly, parserOf } from '../../util/index.ts';

const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });

const Judgement = Type.Object({
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail')]),
  /** Digests of the audit report among the evidence, and of the policy. */
  report: Digest,
  policy: Digest,
  /** A few sentences. */
  summary: Type.String(),
});
/** How the stable stream judged a nightly that was to be promoted. */
export type PromotionJudgement = DeepReadonly<Static<typeof Judgement>>;

const Facts = Type.Object({
  /** Component set of a nightly. */
  set: Type.String(),
  /** Versions a stable release can be reached from. */
  previous: Type.Array(Type.String()),
  /** Of a stable release; left out by those that were promoted before promotions were judged. */
  judgement: Type.Optional(Judgement),
});

/** What the release room keeps of a release beside its columns. */
export const parseFacts = parserOf(Facts, 'RELEASE_STATE_INVALID');
