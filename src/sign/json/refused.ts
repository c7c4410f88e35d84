import { SlipwayError } from '../../util/index.ts';

/** Why a reader does not take a signed content; the message is a part of a sentence. */
export function refusedContent(reason: string): SlipwayError {
  return new SlipwayError('SIGN_CONTENT_INVALID', reason, { exitCode: 1 });
}
