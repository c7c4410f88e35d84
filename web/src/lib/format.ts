/** Numbers, times and digests as people read them. Pure; the present time is passed in. */

const plural = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'}`;
const twoDigits = (value: number) => String(value).padStart(2, '0');

/** `count('image', 1)` is "1 image"; thousands are grouped: "1,204 packages". */
export function count(noun: string, value: number, many = `${noun}s`): string {
  return `${value.toLocaleString('en')} ${value === 1 ? noun : many}`;
}

/** "0.4 s", "12 s", "3 min 05 s", "1 h 02 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** "812 B", "4.2 MiB". */
export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = size < 1024 ? 0 : Math.min(Math.floor(Math.log2(size) / 10), units.length - 1);
  const value = size / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** "just now", "12 minutes ago", "3 days ago". */
export function ago(time: string, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${plural(Math.floor(seconds / 60), 'minute')} ago`;
  if (seconds < 86_400) return `${plural(Math.floor(seconds / 3600), 'hour')} ago`;
  return `${plural(Math.floor(seconds / 86_400), 'day')} ago`;
}

/** "2026-11-23 05:26:20 UTC" */
export function utc(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The first hex digits of a digest or of an id that ends with some, enough to recognise it: "sha256:0f1e2d3c4b5a…". */
export function shortDigest(digest: string, digits = 12): string {
  const [, prefix = '', hex = ''] = /^([\w-]+:)?([0-9a-f]+)$/.exec(digest) ?? [];
  return hex.length > digits ? `${prefix}${hex.slice(0, digits)}…` : digest;
}
