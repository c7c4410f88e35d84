export type { Connection, Database, DatabaseLocation } from './database.ts';
export type * from './schema.ts';
