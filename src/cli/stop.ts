import { SlipwayError } from '../util/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const STOPPED = 'CLI_STOPPED';

/**
 * Aborted by the first signal that asks this process to end, so that what is open can be closed in order. The second
 * one ends it at once, as if nobody listened; the next start then clears up.
 */
export function stopRequest(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
    controller.abort(new SlipwayError(STOPPED, 'stopped; the next start continues where this left off.'));
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return controller.signal;
}

/** Whether a signal asked for it; otherwise something broke. */
export function isStopRequest(reason: unknown): boolean {
  return reason instanceof SlipwayError && reason.code === STOPPED;
}
