import { compareBytes } from './go-json.ts';
import { goFloat } from './go-scalar.ts';

/** Go's `%v` of a float64: shortest digits, in exponent form below 1e-4 and from 1e6 on. */
export interface GoTextOptions {
  /** Whole numbers were decoded as integers, as Kubernetes does; Go itself makes every number a float64. */
  readonly integers?: boolean;
}

/** `%v` of a value that Go decoded from JSON. */
export function goText(value: unknown, options: GoTextOptions = {}): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return options.integers && Number.isInteger(value) ? String(value) : goFloat(value);
  if (Array.isArray(value)) return `[${value.map((item) => goText(item, options)).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => compareBytes(a, b));
    return `map[${entries.map(([key, member]) => `${key}:${goText(member, options)}`).join(' ')}]`;
  }
  return String(value);
}
