import { SlipwayError, systemCode } from '../util/index.ts';

/** SQLSTATE disk_full (PostgreSQL documentation, appendix A). */
const DISK_FULL = '53100';

/** Turns the server's "disk full" into the error that our own files give; anything else passes unchanged. */
export function databaseError(error: unknown): unknown {
  if (systemCode(error) !== DISK_FULL) return error;
  return new SlipwayError('STORAGE_FULL', 'no space is left on the disk of the database.', {
    hint: 'Free some space and run the command again.',
    cause: error,
  });
}
