/** How long the promotion of a nightly that can not be judged is tried again by itself. */
const PATIENCE_MS = 30 * 60_000;

/**
 * When it is given up. A process that was opened only later has the whole time as well: nobody tried while none was
 * there. Pure.
 */
export function givesUpAt(firstFailure: Date, openedAt: Date): Date {
  return new Date(Math.max(firstFailure.getTime(), openedAt.getTime()) + PATIENCE_MS);
}
