import { SlipwayError } from '../util/index.ts';
import { compareRanked, type RankedVersion, type ReleaseKind, rankVersion } from './order.ts';

type Operator = '>=' | '<=' | '>' | '<' | '=';

/** A bound: a whole version, or a minor (`4.23`), which stands for everything of it, nightlies included. */
type Bound =
  | { readonly version: RankedVersion }
  | { readonly major: bigint; readonly minor: bigint; readonly text: string };

type Term =
  | { readonly type: 'compare'; readonly operator: Operator; readonly bound: Bound }
  | { readonly type: 'kind'; readonly kinds: readonly ReleaseKind[] };

/**
 * A set of releases in OKD's order, for example `>=4.22.0-okd-scos.0 <4.23`, `4.21 ga >= 4.21.0-okd-scos.11`,
 * `4.19 || 4.20 ga,ec`, `*`. Terms side by side must all hold; `||` separates alternatives. A bare version or minor is
 * the same as with `=`. Build metadata of a candidate does not count.
 */
export interface VersionRange {
  readonly text: string;
  readonly alternatives: readonly (readonly Term[])[];
}

const KINDS: readonly ReleaseKind[] = ['fcos', 'nightly', 'ec', 'rc', 'other', 'ga'];

function invalid(text: string, reason: string): SlipwayError {
  return new SlipwayError('VERSION_RANGE_INVALID', `"${text}" is not a range of versions: ${reason}.`, {
    hint: 'For example ">=4.22.0-okd-scos.0 <4.23", "4.21 ga" or "*".',
  });
}

/** Parses a range. Throws `VERSION_RANGE_INVALID`. */
export function parseRange(text: string): VersionRange {
  const alternatives = text.split('||').map((part) => parseTerms(text, part));
  return { text: text.trim(), alternatives };
}

function parseTerms(text: string, part: string): Term[] {
  // "4.21 ga >= 4.21.0" may have a blank after the operator
  const words = part
    .trim()
    .replace(/([<>]=?|=)\s+/g, '$1')
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) throw invalid(text, 'it is empty');
  return words.filter((word) => word !== '*').map((word) => parseTerm(text, word));
}

function parseTerm(text: string, word: string): Term {
  const [, operator = '', rest = ''] = /^(>=|<=|>|<|=)?(.*)$/.exec(word) ?? [];
  if (operator === '' && /^[a-z,]+$/.test(rest)) {
    const kinds = rest.split(',').map((name) => {
      const kind = KINDS.find((known) => known === name);
      if (kind === undefined) throw invalid(text, `"${name}" is not one of ${KINDS.join(', ')}`);
      return kind;
    });
    return { type: 'kind', kinds };
  }
  return { type: 'compare', operator: operatorOf(operator), bound: parseBound(text, rest) };
}

function operatorOf(text: string): Operator {
  return text === '>=' || text === '<=' || text === '>' || text === '<' ? text : '=';
}

function parseBound(text: string, word: string): Bound {
  const partial = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})$/.exec(word);
  if (partial !== null) return { major: BigInt(partial[1] ?? 0), minor: BigInt(partial[2] ?? 0), text: word };
  try {
    return { version: rankVersion(word) };
  } catch (cause) {
    throw cause instanceof SlipwayError ? invalid(text, `"${word}" is neither a version nor a minor like 4.22`) : cause;
  }
}

function compareBound(version: RankedVersion, bound: Bound): number {
  if ('version' in bound) return compareRanked(version, bound.version);
  const { major, minor } = version.semver;
  if (major !== bound.major) return major < bound.major ? -1 : 1;
  return minor === bound.minor ? 0 : minor < bound.minor ? -1 : 1;
}

function holds(term: Term, version: RankedVersion): boolean {
  if (term.type === 'kind') return term.kinds.includes(version.kind);
  const order = compareBound(version, term.bound);
  switch (term.operator) {
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '=':
      return order === 0;
  }
}

/** Whether a version (text or ranked) is in the range. Throws `VERSION_INVALID`. */
export function contains(range: VersionRange, version: string | RankedVersion): boolean {
  const ranked = typeof version === 'string' ? rankVersion(version.replace(/\+.*$/, '')) : version;
  return range.alternatives.some((terms) => terms.every((term) => holds(term, ranked)));
}
