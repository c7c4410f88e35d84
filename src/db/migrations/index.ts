import type { Migration } from 'kysely/migration';
import { releases } from './0001_releases.ts';
import { ledger } from './0002_ledger.ts';

/** All migrations, in order. A migration that was released is never changed; a new one is added at the end. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_releases': releases,
  '0002_ledger': ledger,
};
