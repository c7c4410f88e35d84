import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { SlipwayError } from '../../util/index.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { SCHEMA } from './connection.ts';

/**
 * Brings the schema up to date, each migration in the one transaction of this run. Nothing is written when the
 * database holds a migration that this program does not know. Errors: `DB_SCHEMA_NEWER`, `DB_MIGRATION_FAILED`.
 */
export async function migrate(
  db: Kysely<unknown>,
  migrations: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<void> {
  const done = await appliedMigrations(db);
  const unknown = done.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new SlipwayError(
      'DB_SCHEMA_NEWER',
      `the database is of a newer Slipway: it has ${unknown.join(', ')}, which this one does not know.`,
      {
        hint: 'Run the newer Slipway, or use another workspace.',
      },
    );
  }
  if (done.length === Object.keys(migrations).length) return;
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableSchema: SCHEMA,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'the first migration';
    throw new SlipwayError('DB_MIGRATION_FAILED', `the database could not be brought up to date: ${failed} failed.`, {
      cause: error,
    });
  }
}

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const { rows: tables } = await sql<{
    found: string | null;
  }>`select to_regclass(${`${SCHEMA}.kysely_migration`})::text as found`.execute(db);
  if (!tables[0]?.found) return [];
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(`${SCHEMA}.kysely_migration`)} order by name`.execute(db);
  return rows.map((row) => row.name);
}
