import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The append-only ledger. Sequence numbers have no gaps: they are given under a lock, not by a PostgreSQL sequence. */
export const ledger: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('ledger')
      .addColumn('sequence', 'bigint', (column) => column.primaryKey())
      .addColumn('at', 'timestamptz', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('payload', 'jsonb', (column) => column.notNull())
      .addColumn('previous', 'text', (column) => column.notNull().unique())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .execute();
    await db.schema.createIndex('ledger_by_subject').on('ledger').columns(['subject', 'sequence']).execute();
    await sql`
      create function ledger_is_append_only() returns trigger language plpgsql as $$
      begin
        raise exception 'the ledger is append-only: % is refused', tg_op using errcode = 'integrity_constraint_violation';
      end $$`.execute(db);
    // A statement trigger also refuses a change that would match no row.
    await sql`
      create trigger ledger_append_only before update or delete or truncate on ledger
      for each statement execute function ledger_is_append_only()`.execute(db);
  },
};
