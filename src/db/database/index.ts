export { type Connection, type Database, type DatabaseLocation, openDatabase } from './database.ts';
