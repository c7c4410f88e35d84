import type { JsonValue } from '../../text/index.ts';

const SUFFIX = '(?:[numkMGTPE]|[KMGTPE]i|[eE][-+]?\\d{1,18})';
const QUANTITY = new RegExp(`^[-+]?\\d*(?:\\.\\d*)?${SUFFIX}?$`);

/** A number, or text that apimachinery's ParseQuantity takes: `50Mi`, `1e3`; it misses digits in `Mi`, and takes them for none. */
export function isQuantity(value: JsonValue): boolean {
  if (typeof value !== 'string') return typeof value === 'number';
  const text = value.trim();
  return text !== '' && QUANTITY.test(text);
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|[-+](\d\d):(\d\d))$/;

/** RFC 3339 as Go's time.Parse reads it: a day of the calendar, no leap second, hours of one digit, a comma for the point. */
export function isTime(value: JsonValue): boolean {
  const parts = typeof value === 'string' ? TIME.exec(value) : null;
  if (parts === null) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset = 0, rest = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= last &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    offset <= 24 &&
    rest <= 60
  );
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Base64 with padding and maybe line ends, or the bytes as a list of numbers: what encoding/json takes for `[]byte`. */
export function isBytes(value: JsonValue): boolean {
  if (Array.isArray(value))
    return value.every((item) => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 256);
  return typeof value === 'string' && BASE64.test(value.replace(/[\r\n]/g, ''));
}
