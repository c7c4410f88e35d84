import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Streams, releases, and what each step, gate and job said of them. */
export const releases: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('streams')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('config', 'jsonb', (column) => column.notNull())
      .addColumn('created_at', 'timestamptz', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('releases')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('stream', 'text', (column) => column.notNull().references('streams.name'))
      .addColumn('kind', 'text', (column) => column.notNull().check(sql`kind in ('nightly', 'candidate', 'stable')`))
      .addColumn('phase', 'text', (column) =>
        column.notNull().check(sql`phase in ('Pending', 'Ready', 'Accepted', 'Rejected', 'Failed')`),
      )
      .addColumn('payload_digest', 'text')
      .addColumn('payload_ref', 'text')
      .addColumn('promoted_from', 'text', (column) => column.references('releases.name'))
      .addColumn('input_hash', 'text')
      .addColumn('reason', 'text')
      .addColumn('facts', 'jsonb', (column) => column.notNull())
      .addColumn('created_at', 'timestamptz', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('releases_by_stream').on('releases').columns(['stream', 'created_at']).execute();
    // A nightly is promoted once (release-controller.md 4.4): two promotions of one nightly cannot both be stored.
    await db.schema
      .createIndex('releases_promoted_once')
      .unique()
      .on('releases')
      .column('promoted_from')
      .where(sql.ref('promoted_from'), 'is not', null)
      .execute();

    await db.schema
      .createTable('steps')
      .addColumn('release', 'text', (column) => column.notNull().references('releases.name'))
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) =>
        column.notNull().check(sql`state in ('waiting', 'running', 'done', 'bad', 'skipped')`),
      )
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('input_digest', 'text')
      .addColumn('output', 'jsonb')
      .addColumn('detail', 'text')
      .addColumn('error', 'jsonb')
      .addColumn('started_at', 'timestamptz')
      .addColumn('finished_at', 'timestamptz')
      .addPrimaryKeyConstraint('steps_pkey', ['release', 'step'])
      .execute();

    await db.schema
      .createTable('gates')
      .addColumn('release', 'text', (column) => column.notNull().references('releases.name'))
      .addColumn('gate', 'text', (column) => column.notNull())
      .addColumn('blocking', 'boolean', (column) => column.notNull())
      .addColumn('passed', 'boolean')
      .addColumn('reason', 'text', (column) => column.notNull())
      .addColumn('evidence', 'jsonb', (column) => column.notNull())
      .addColumn('decided_at', 'timestamptz', (column) => column.notNull())
      .addPrimaryKeyConstraint('gates_pkey', ['release', 'gate'])
      .execute();

    await db.schema
      .createTable('job_runs')
      .addColumn('release', 'text', (column) => column.notNull().references('releases.name'))
      .addColumn('job', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull().check(sql`attempt >= 1`))
      .addColumn('blocking', 'boolean', (column) => column.notNull())
      .addColumn('state', 'text', (column) =>
        column.notNull().check(sql`state in ('running', 'passed', 'failed', 'errored')`),
      )
      .addColumn('started_at', 'timestamptz', (column) => column.notNull())
      .addColumn('finished_at', 'timestamptz')
      .addColumn('summary', 'jsonb')
      .addColumn('log_path', 'text')
      .addPrimaryKeyConstraint('job_runs_pkey', ['release', 'job', 'attempt'])
      .execute();

    await db.schema
      .createTable('signatures')
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('n', 'integer', (column) => column.notNull().check(sql`n >= 1`))
      .addColumn('key_fingerprint', 'text', (column) => column.notNull())
      .addColumn('reference', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bytea', (column) => column.notNull())
      .addPrimaryKeyConstraint('signatures_pkey', ['digest', 'n'])
      .execute();

    await db.schema
      .createTable('publications')
      .addColumn('release', 'text', (column) => column.notNull().references('releases.name'))
      .addColumn('target', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull().check(sql`state in ('pending', 'done')`))
      .addColumn('updated_at', 'timestamptz', (column) => column.notNull())
      .addPrimaryKeyConstraint('publications_pkey', ['release', 'target'])
      .execute();
  },
};
