import { setTimeout as sleep } from 'node:timers/promises';
import type { ReleaseDetail, ReleaseProgress } from '../../server/index.ts';
import { printable } from '../../util/text.ts';
import { note } from '../output.ts';
import type { Api } from './api.ts';

const POLL_MS = 150;
type StepView = ReleaseProgress['steps'][number];

const SIGN: Readonly<Record<string, string>> = { done: 'done', bad: 'BAD', skipped: 'skipped' };

function line(step: StepView): string {
  const seconds = step.seconds === null ? '' : `${step.seconds.toFixed(1)} s`;
  return `  ${step.title.padEnd(26)} ${(SIGN[step.state] ?? step.state).padEnd(8)} ${seconds.padStart(7)}  ${step.detail ?? ''}`.trimEnd();
}

/** Steps of a release as they end, each printed once: on a terminal the running one is shown and overwritten. */
class Board {
  readonly #printed = new Set<string>();
  readonly #terminal = process.stderr.isTTY === true;

  update(steps: readonly StepView[]): void {
    if (this.#terminal) process.stderr.write('\r\x1b[K');
    for (const step of steps) {
      if (this.#printed.has(step.name) || step.state === 'waiting' || step.state === 'running') continue;
      this.#printed.add(step.name);
      note(line(step));
    }
    const running = steps.find((step) => step.state === 'running');
    if (this.#terminal && running)
      process.stderr.write(
        printable(`  ${running.title} … ${running.detail ?? ''}`).slice(0, (process.stderr.columns ?? 80) - 1),
      );
  }
}

interface Watched {
  readonly api: Api;
  readonly stopped: AbortSignal;
}

/**
 * Follows a release until the engine is done with it, printing each step with its duration to standard error. Throws
 * the reason of `stopped` when that is aborted.
 */
export async function follow(
  { api, stopped }: Watched,
  name: string,
  options: { readonly quiet?: boolean } = {},
): Promise<ReleaseProgress> {
  const board = options.quiet === true ? undefined : new Board();
  for (;;) {
    stopped.throwIfAborted();
    const release = (await api(`/api/releases/${encodeURIComponent(name)}/progress`)) as ReleaseProgress;
    board?.update(release.steps);
    if (!release.working) return release;
    await sleep(POLL_MS);
  }
}

/**
 * As `follow`, and after an accepted nightly the stable release made of it, each under its name. Returns the final
 * state of the last one in full.
 */
export async function followThrough(
  watched: Watched,
  name: string,
  options: { readonly quiet: boolean },
): Promise<ReleaseDetail> {
  let last = name;
  for (let next: string | null = name; next !== null; ) {
    last = next;
    if (!options.quiet) note(next);
    next = (await follow(watched, next, options)).promotedTo;
  }
  return (await watched.api(`/api/releases/${encodeURIComponent(last)}`)) as ReleaseDetail;
}
