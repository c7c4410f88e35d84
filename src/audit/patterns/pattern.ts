/**
 * Patterns of a policy: plain text with `*` (any run of characters) and `?` (one character), matched against the
 * whole value; or `/…/`, a JavaScript regular expression that may match anywhere in the value. Upper and lower case
 * differ in both.
 */
export type Pattern = string;

const compiled = new Map<Pattern, RegExp>();

/** Compiles a pattern. Throws `SyntaxError` for a regular expression that is none; the policy's parser checks first. */
export function compilePattern(pattern: Pattern): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const expression =
    pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/')
      ? new RegExp(pattern.slice(1, -1), 'u')
      : new RegExp(
          `^${pattern
            .replace(/[\\^$.|+()[\]{}]/gu, '\\$&')
            .replaceAll('*', '.*')
            .replaceAll('?', '.')}$`,
          'su',
        );
  compiled.set(pattern, expression);
  return expression;
}

/** The first pattern that matches one of the values. */
export function firstMatch(patterns: readonly Pattern[], values: readonly string[]): Pattern | undefined {
  return patterns.find((pattern) => values.some((value) => compilePattern(pattern).test(value)));
}

/** Three ways a value can stand to a list of a policy. */
export type Standing = 'allow' | 'deny' | 'unknown';

/** Deny wins over allow: a value that both lists name is denied. */
export function standing(
  list: { readonly allow: readonly Pattern[]; readonly deny: readonly Pattern[] },
  values: readonly string[],
): Standing {
  if (firstMatch(list.deny, values) !== undefined) return 'deny';
  return firstMatch(list.allow, values) === undefined ? 'unknown' : 'allow';
}
