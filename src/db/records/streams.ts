import type { Json } from '../../util/index.ts';
import type { Connection } from '../database/index.ts';
import { jsonText } from '../json.ts';

export interface StreamRecord {
  readonly name: string;
  readonly config: Json;
  readonly createdAt: Date;
}

/** Stores a stream, or its new configuration; the time of the first storing stays. */
export async function putStream(db: Connection, stream: StreamRecord): Promise<void> {
  const config = jsonText(stream.config);
  await db
    .insertInto('streams')
    .values({ name: stream.name, config, created_at: stream.createdAt })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ config }))
    .execute();
}

export async function getStream(db: Connection, name: string): Promise<StreamRecord | undefined> {
  const row = await db.selectFrom('streams').selectAll().where('name', '=', name).executeTakeFirst();
  return row && { name: row.name, config: row.config, createdAt: row.created_at };
}

/** All streams by name. */
export async function listStreams(db: Connection): Promise<StreamRecord[]> {
  const rows = await db.selectFrom('streams').selectAll().orderBy('name').execute();
  return rows.map((row) => ({ name: row.name, config: row.config, createdAt: row.created_at }));
}
