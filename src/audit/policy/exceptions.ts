import type { PolicyException } from '../model/index.ts';
import { componentNames, firstMatch } from '../patterns/index.ts';
import { dayNumber, dayOf } from './days.ts';

/** What an exception can look at; a subject has only the values that make sense for it. */
export interface Excepted {
  readonly name?: string;
  readonly nevra?: string;
  readonly vendor?: string | null;
  readonly license?: string | null;
  readonly keys?: readonly string[];
  readonly path?: string;
  readonly values?: readonly string[];
}

/** Where a finding would stand. */
export interface ExceptedPlace {
  readonly component: string;
  readonly digest: string;
  /** Chain id of the layer that introduced it; undefined for a finding about an image as a whole. */
  readonly chainId: string | undefined;
}

/** Days until the exception ends, the last day included; negative when it is over; undefined before its first day. */
export function daysLeft(exception: PolicyException, at: Date): number | undefined {
  const [created, expires, today] = [dayNumber(exception.created), dayNumber(exception.expires), dayOf(at)];
  if (created === undefined || expires === undefined || today < created) return undefined;
  return expires - today;
}

/** Does the exception cover this rule, subject and place? Its days are judged by `daysLeft`. */
export function covers(exception: PolicyException, rule: string, subject: Excepted, place: ExceptedPlace): boolean {
  const { scope, match } = exception;
  const oneOf = (patterns: readonly string[] | undefined, values: readonly (string | null | undefined)[]): boolean =>
    patterns === undefined ||
    firstMatch(
      patterns,
      values.filter((value) => value !== undefined && value !== null),
    ) !== undefined;
  return (
    exception.rule.includes(rule) &&
    oneOf(scope.components, componentNames(place.component)) &&
    (scope.digests?.includes(place.digest) ?? true) &&
    (scope.chainIds === undefined || (place.chainId !== undefined && scope.chainIds.includes(place.chainId))) &&
    oneOf(match.names, [subject.name]) &&
    oneOf(match.nevras, [subject.nevra]) &&
    oneOf(match.vendors, [subject.vendor]) &&
    oneOf(match.licenses, [subject.license]) &&
    oneOf(match.keys, subject.keys ?? []) &&
    oneOf(match.paths, [subject.path]) &&
    oneOf(match.values, subject.values ?? [])
  );
}
