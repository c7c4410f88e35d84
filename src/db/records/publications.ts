import type { Connection } from '../database/index.ts';
import type { PublicationState } from '../schema.ts';

export interface PublicationRecord {
  readonly release: string;
  /** What was published to, e.g. `registry`, `signatures`, `downloads`, `graph`. */
  readonly target: string;
  readonly digest: string;
  /** `pending`: begun, and to be repeated after a crash. */
  readonly state: PublicationState;
  readonly updatedAt: Date;
}

/** Stores that a publication began or is done. */
export async function putPublication(db: Connection, publication: PublicationRecord): Promise<void> {
  const row = { digest: publication.digest, state: publication.state, updated_at: publication.updatedAt };
  await db
    .insertInto('publications')
    .values({ release: publication.release, target: publication.target, ...row })
    .onConflict((conflict) => conflict.columns(['release', 'target']).doUpdateSet(row))
    .execute();
}

/** All publications of a release, by target. */
export async function listPublications(db: Connection, release: string): Promise<PublicationRecord[]> {
  const rows = await db
    .selectFrom('publications')
    .selectAll()
    .where('release', '=', release)
    .orderBy('target')
    .execute();
  return rows.map((row) => ({
    release: row.release,
    target: row.target,
    digest: row.digest,
    state: row.state,
    updatedAt: row.updated_at,
  }));
}
