import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A lock that ends with `release()`, or with the process, however it dies. */
export interface KernelLock {
  readonly held: boolean;
  release(): void;
}

/** SQLITE_BUSY of sqlite3.h. */
const BUSY = 5;

function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined;
}

/**
 * Takes the lock that a file stands for, or answers undefined at once where another process has it. Errors are those
 * of the file system, as SQLite words them.
 *
 * The lock is the kernel's (fcntl(2)) and vanishes with the process, so no lock is ever stale and two processes cannot
 * both take over an old one, which lock files that name a process cannot rule out. Node.js offers such a lock only
 * through SQLite, whose exclusive transaction on an empty file it is; nothing is stored there.
 */
export function tryKernelLock(path: string): KernelLock | undefined {
  let lock: DatabaseSync | undefined;
  try {
    const taken = new DatabaseSync(path, { timeout: 0 });
    lock = taken;
    // Another user who may read the file could hold a shared lock on it.
    chmodSync(path, 0o600);
    taken.exec('begin exclusive');
    return {
      get held() {
        return taken.isOpen;
      },
      release() {
        if (taken.isOpen) taken.close();
      },
    };
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === BUSY) return undefined;
    throw error;
  }
}
