const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-](\d\d):(\d\d))$/;

/** Go's `time.Time` that nothing was read into. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** Whether the day is in its month and the clock shows such a time: `Date` takes 30 February for the 1st or 2nd of March. */
function isMoment(local: string): boolean {
  const time = Date.parse(`${local}Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(local);
}

/**
 * A time as Go's `time.Time` writes it again in JSON (`RFC3339Nano`): up to nine digits of a second, without zeros at the
 * end, and the zone it was written in, where UTC is `Z`. `undefined` for what Go does not read as RFC 3339.
 */
export function goTime(text: string): string | undefined {
  const [, local, digits = '', zone = '', hours, minutes] = RFC3339.exec(text) ?? [];
  if (local === undefined || !isMoment(local)) return undefined;
  if (hours !== undefined && (Number(hours) > 23 || Number(minutes) > 59)) return undefined;
  const fraction = digits.slice(0, 9).replace(/0+$/, '');
  return `${local}${fraction === '' ? '' : `.${fraction}`}${/^[+-]00:00$/.test(zone) ? 'Z' : zone}`;
}
