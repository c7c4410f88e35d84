import { SlipwayError } from '../util/index.ts';

/** A strict semantic version (SemVer 2.0.0), as blang/semver reads it: no `v`, no missing parts, no leading zeroes. */
export interface SemanticVersion {
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  readonly prerelease: readonly (bigint | string)[];
  readonly build: readonly string[];
}

const MAX_UINT64 = (1n << 64n) - 1n;

function invalid(input: string, reason: string): SlipwayError {
  return new SlipwayError('VERSION_INVALID', `"${input}" is not a semantic version: ${reason}`);
}

function number(input: string, text: string, name: string): bigint {
  if (!/^[0-9]+$/.test(text)) throw invalid(input, `Invalid character(s) found in ${name} number "${text}"`);
  if (text.length > 1 && text.startsWith('0'))
    throw invalid(input, `${name[0]?.toUpperCase()}${name.slice(1)} number must not contain leading zeroes "${text}"`);
  const value = BigInt(text);
  if (value > MAX_UINT64) throw invalid(input, `${name} number "${text}" is out of range`);
  return value;
}

/** Parses a semantic version. Throws `VERSION_INVALID`. */
export function parseSemver(input: string): SemanticVersion {
  if (input === '') throw invalid(input, 'Version string empty');
  const plus = input.indexOf('+');
  const core = plus === -1 ? input : input.slice(0, plus);
  const buildText = plus === -1 ? undefined : input.slice(plus + 1);
  const dash = core.indexOf('-');
  const numbers = (dash === -1 ? core : core.slice(0, dash)).split('.');
  const prereleaseText = dash === -1 ? undefined : core.slice(dash + 1);
  if (numbers.length !== 3) throw invalid(input, 'No Major.Minor.Patch elements found');
  const [major, minor, patch] = numbers as [string, string, string];
  const prerelease = (prereleaseText === undefined ? [] : prereleaseText.split('.')).map((part) => {
    if (part === '') throw invalid(input, 'Prerelease is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw invalid(input, `Invalid character(s) found in prerelease "${part}"`);
    if (!/^[0-9]+$/.test(part)) return part;
    if (part.length > 1 && part.startsWith('0'))
      throw invalid(input, `Numeric PreRelease version must not contain leading zeroes "${part}"`);
    return BigInt(part);
  });
  const build = (buildText === undefined ? [] : buildText.split('.')).map((part) => {
    if (part === '') throw invalid(input, 'Build meta data is empty');
    if (!/^[0-9A-Za-z-]+$/.test(part)) throw invalid(input, `Invalid character(s) found in build meta data "${part}"`);
    return part;
  });
  return {
    major: number(input, major, 'major'),
    minor: number(input, minor, 'minor'),
    patch: number(input, patch, 'patch'),
    prerelease,
    build,
  };
}

export function isSemver(input: string): boolean {
  try {
    parseSemver(input);
    return true;
  } catch {
    return false;
  }
}

/** The version's text; `build: false` leaves the build metadata out. */
export function formatSemver(version: SemanticVersion, options: { readonly build?: boolean } = {}): string {
  const prerelease = version.prerelease.length === 0 ? '' : `-${version.prerelease.join('.')}`;
  const build = version.build.length === 0 || options.build === false ? '' : `+${version.build.join('.')}`;
  return `${version.major}.${version.minor}.${version.patch}${prerelease}${build}`;
}

/** SemVer precedence (§ 11): negative when `a` is lower. Build metadata does not count. */
export function compareSemver(a: SemanticVersion, b: SemanticVersion): number {
  for (const [x, y] of [
    [a.major, b.major],
    [a.minor, b.minor],
    [a.patch, b.patch],
  ] as const) {
    if (x !== y) return x < y ? -1 : 1;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index++) {
    const x = a.prerelease[index];
    const y = b.prerelease[index];
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    if (x === y) continue;
    if (typeof x !== typeof y) return typeof x === 'bigint' ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}
