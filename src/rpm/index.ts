import { SlipwayError } from '../util/index.ts';
import type {
  PackagedFile,
  RpmDatabase,
  RpmdbFormat,
  RpmdbReport,
  RpmFile,
  RpmHeader,
  RpmKeyring,
  RpmPackage,
  RpmVerification,
} from './types.ts';

export type * from './types.ts';

function comes(name: string): never {
  throw new SlipwayError('RPM_NOT_BUILT', `${name} is being built.`);
}
export const RPMDB_MAGIC_LENGTH = 16;
export function isRpmdbMagic(_firstBytes: Uint8Array): RpmdbFormat | undefined {
  return comes('isRpmdbMagic');
}
export function looksLikeRpmdb(_main: Uint8Array, _wal?: Uint8Array): boolean {
  return comes('looksLikeRpmdb');
}
export function readRpmdb(_main: Uint8Array, _wal?: Uint8Array): RpmDatabase {
  return comes('readRpmdb');
}
export function readRpmFile(_bytes: Uint8Array): RpmFile {
  return comes('readRpmFile');
}
export function readHeader(_blob: Uint8Array): RpmHeader {
  return comes('readHeader');
}
export function packagedFiles(_header: RpmHeader): PackagedFile[] {
  return comes('packagedFiles');
}
export function parseKeyring(_armoredOrBinary: readonly (string | Uint8Array)[]): RpmKeyring {
  return comes('parseKeyring');
}
export function verifyPackage(_pkg: RpmPackage, _keyring: RpmKeyring): RpmVerification {
  return comes('verifyPackage');
}
export function rpmdbReport(_db: RpmDatabase, _keyring?: RpmKeyring): RpmdbReport {
  return comes('rpmdbReport');
}
