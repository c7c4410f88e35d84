import type { MirrorProgress } from '../../../payload/index.ts';

/** A rate is that of the last so many seconds. */
const WINDOW_S = 10;
const REDRAW_MS = 100;
/** Where nobody looks at a terminal, a line as often as this, and at the end. */
const LINE_MS = 5_000;
const BAR_WIDTH = 24;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `7.48 GB`: decimal, three digits. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
  return `${text} ${UNITS[unit]}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** What is shown of a copy under way. `rate` in bytes a second; undefined while it is not known. */
export function describeProgress(state: MirrorProgress, rate: number | undefined): string {
  const { bytes, totalBytes, blobs, totalBlobs, checked } = state;
  const left = totalBytes - bytes;
  return [
    `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`,
    `${blobs} of ${totalBlobs} blobs`,
    ...(checked > 0 ? [`${formatBytes(checked)} there already checked`] : []),
    ...(rate === undefined || rate <= 0 ? [] : [`${formatBytes(rate)}/s`]),
    ...(left > 0 && rate !== undefined && rate > 0 ? [`${formatSeconds(left / rate)} left`] : []),
  ].join(', ');
}

/** One line of a terminal that is `width` columns wide. */
export function drawBar(state: MirrorProgress, rate: number | undefined, width: number): string {
  const share = state.totalBytes === 0 ? 1 : Math.min(1, state.bytes / state.totalBytes);
  const full = Math.floor(share * BAR_WIDTH);
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${bar} ${percent}  ${describeProgress(state, rate)}`.slice(0, Math.max(20, width - 1));
}

/** The rate of what was sent lately. Times in milliseconds. */
export class Rate {
  readonly #samples: { readonly at: number; readonly sent: number }[] = [];

  add(at: number, sent: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && at - last.at < REDRAW_MS) return;
    this.#samples.push({ at, sent });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_S * 1000) this.#samples.shift();
  }

  /** Bytes a second; undefined before there is anything to tell by. */
  at(now: number, sent: number): number | undefined {
    const [first] = this.#samples;
    if (first === undefined || now - first.at < REDRAW_MS) return undefined;
    return ((sent - first.sent) * 1000) / (now - first.at);
  }
}

export interface Progress {
  update(state: MirrorProgress): void;
  /** Shows the last state and leaves the line. */
  end(): void;
}

/** Shows a copy on standard error: a bar that is drawn anew on a terminal, plain lines elsewhere. */
export function terminalProgress(out: NodeJS.WriteStream = process.stderr): Progress {
  const terminal = out.isTTY === true;
  const rate = new Rate();
  let shown = Number.NEGATIVE_INFINITY;
  let last: MirrorProgress | undefined;
  const show = (state: MirrorProgress, now: number): void => {
    shown = now;
    const speed = rate.at(now, state.sent);
    if (terminal) out.write(`\r\x1b[K${drawBar(state, speed, out.columns ?? 80)}`);
    else out.write(`info: ${describeProgress(state, speed)}\n`);
  };
  // Also while nothing comes: the rate falls, and that is to be seen.
  const timer = setInterval(() => last && show(last, performance.now()), 1000);
  timer.unref();
  if (!terminal) clearInterval(timer);
  return {
    update(state) {
      const now = performance.now();
      if (last === undefined) shown = terminal ? shown : now;
      last = state;
      rate.add(now, state.sent);
      if (now - shown >= (terminal ? REDRAW_MS : LINE_MS)) show(state, now);
    },
    end() {
      clearInterval(timer);
      if (last === undefined) return;
      show(last, performance.now());
      if (terminal) out.write('\n');
      last = undefined;
    },
  };
}
