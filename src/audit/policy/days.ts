const DAY = 86_400_000;

/** Days since 1970-01-01 (UTC) of `YYYY-MM-DD`; undefined for a day that no calendar has. */
export function dayNumber(day: string): number | undefined {
  const time = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) return undefined;
  return time / DAY;
}

/** The day (UTC) of an instant, as `dayNumber` counts. */
export function dayOf(at: Date): number {
  return Math.floor(at.getTime() / DAY);
}

/** `YYYY-MM-DD` (UTC). */
export function formatDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}
