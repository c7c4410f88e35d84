import { SlipwayError } from '../util/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const STOPPED = 'CLI_STOPPED';

/** Aborts at the first signal; the second one ends the process. Returns what ends the listening. */
function listen(controller: AbortController, reason: () => SlipwayError): () => void {
  const end = (): void => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  const stop = (): void => {
    end();
    controller.abort(reason());
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return end;
}

/**
 * Aborted by the first signal that asks this process to end, so that what is open can be closed in order. The second
 * one ends it at once, as if nobody listened; the next start then clears up.
 */
export function stopRequest(): AbortSignal {
  const controller = new AbortController();
  listen(controller, () => new SlipwayError(STOPPED, 'stopped; the next start continues where this left off.'));
  return controller.signal;
}

/**
 * Work that the first signal ends, so that nothing is left of it; signals before and after it end the process. Whatever
 * the work throws then, its reason is the signal. `left` says what there is now. Throws `CLI_STOPPED`.
 */
export async function stoppable<T>(left: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const end = listen(controller, () => new SlipwayError(STOPPED, `stopped; ${left}.`, { exitCode: 130 }));
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    end();
  }
}

/** Whether a signal asked for it; otherwise something broke. */
export function isStopRequest(reason: unknown): boolean {
  return reason instanceof SlipwayError && reason.code === STOPPED;
}
