export { isRpmdbMagic, looksLikeRpmdb, RPMDB_MAGIC_LENGTH, readRpmdb } from './database/index.ts';
export { readSqliteTables } from './database/sqlite-tables.ts';
export { packagedFiles } from './files.ts';
export { readHeader } from './header/header.ts';
export { parseKeyring } from './openpgp/keyring.ts';
export { rpmdbReport } from './report.ts';
export { readRpmFile, readRpmFileHeader } from './rpm-file.ts';
export type * from './types.ts';
export { verifyPackage } from './verify.ts';
