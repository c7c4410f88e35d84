import { SlipwayError } from '../../util/index.ts';

/** What is no OpenPGP data, or damaged; the reason is a part of a sentence. */
export function malformed(reason: string): SlipwayError {
  return new SlipwayError('SIGN_MALFORMED', `the OpenPGP data is malformed: ${reason}.`, { exitCode: 1 });
}
