import { databaseError } from '../db/index.ts';
import { messageOf, SlipwayError } from '../util/index.ts';

export function unknownRelease(name: string): SlipwayError {
  return new SlipwayError('RELEASE_UNKNOWN', `there is no release "${name}".`, {
    hint: '`slipway release list` shows those there are.',
  });
}

/** Anything thrown as an error of ours, so that it can be told to people. */
export function told(error: unknown): SlipwayError {
  const known = databaseError(error);
  return known instanceof SlipwayError
    ? known
    : new SlipwayError('RELEASE_UNEXPECTED', messageOf(error), { cause: error });
}
