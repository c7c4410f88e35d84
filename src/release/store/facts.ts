import { Type } from 'typebox';
import { parserOf } from '../../util/index.ts';

const Facts = Type.Object({
  /** Component set of a nightly. */
  set: Type.String(),
  /** Versions a stable release can be reached from. */
  previous: Type.Array(Type.String()),
});

/** What the release room keeps of a release beside its columns. */
export const parseFacts = parserOf(Facts, 'RELEASE_STATE_INVALID');
