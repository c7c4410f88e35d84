/** RFC 3339 in UTC with whole seconds, as Kubernetes writes times. */
export function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

const DURATIONS: readonly (readonly [limit: number, unit: number, suffix: string])[] = [
  [60, 1, 's'],
  [3600, 60, 'm'],
  [86_400, 3600, 'h'],
  [31_536_000, 86_400, 'd'],
  [Number.POSITIVE_INFINITY, 31_536_000, 'y'],
];

/** Kubernetes' ShortHumanDuration: one unit, cut not rounded; `<invalid>` when more than a second in the future. */
export function shortDuration(seconds: number): string {
  const whole = Math.trunc(seconds);
  if (whole < -1) return '<invalid>';
  if (whole < 0) return '0s';
  for (const [limit, unit, suffix] of DURATIONS) if (whole < limit) return `${Math.trunc(whole / unit)}${suffix}`;
  return '<invalid>';
}

const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB'];

/** Docker's HumanSize: decimal units, four significant digits, Go's `%.4g`. */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < DECIMAL.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${DECIMAL[unit]}`;
}

/** Bytes in MiB with one decimal, which oc labels MB. */
export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** A time written in RFC 3339 with any precision and zone, as Kubernetes writes it again; `undefined` when it is none. */
export function normaliseTime(text: string): string | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : rfc3339(new Date(time));
}
