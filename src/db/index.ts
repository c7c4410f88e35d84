export { type Connection, type Database, type DatabaseLocation, openDatabase } from './database.ts';
export { databaseError } from './errors.ts';
export {
  appendLedger,
  type LedgerCheck,
  type LedgerEntry,
  type LedgerFilter,
  type LedgerHead,
  ledgerHash,
  ledgerHead,
  type NewLedgerEntry,
  readLedger,
  verifyLedger,
} from './ledger.ts';
export { type Message, openQueue, type Queue, type QueueOptions, type SendOptions } from './queue.ts';
export * from './records/index.ts';
export type * from './schema.ts';
