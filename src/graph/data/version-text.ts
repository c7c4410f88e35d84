import {
  compareOkdVersions,
  compareSemver,
  isSemver,
  type OkdVersion,
  parseOkdVersion,
  parseSemver,
  type SemanticVersion,
} from '../../version/index.ts';

/** `4.9.1+amd64` as its version without build metadata and the architecture that the build metadata names. */
export function splitBuild(version: string): { readonly core: string; readonly build: string } {
  const plus = version.indexOf('+');
  return plus === -1 ? { core: version, build: '' } : { core: version.slice(0, plus), build: version.slice(plus + 1) };
}

interface Ranked {
  readonly semver: SemanticVersion;
  readonly okd: OkdVersion | undefined;
}

function ranked(version: string): Ranked {
  let okd: OkdVersion | undefined;
  // any other version has SemVer's order only
  if (version.includes('okd') && isOkd(version)) okd = parseOkdVersion(version);
  return { semver: parseSemver(version), okd };
}

function isOkd(version: string): boolean {
  try {
    parseOkdVersion(version);
    return true;
  } catch {
    return false;
  }
}

/**
 * A total order in which time flows forwards, used to decide which edge of a cycle is the wrong one: by `X.Y.Z`, then
 * releases that follow OKD's naming in OKD's order (in SemVer an engineering candidate is newer than the release),
 * then all others in SemVer order.
 */
export function releaseOrder(versions: readonly string[]): ReadonlyMap<string, number> {
  const parsed = versions.filter(isSemver).map((text) => ({ text, ...ranked(text) }));
  parsed.sort((a, b) => {
    const base = compareSemver({ ...a.semver, prerelease: [] }, { ...b.semver, prerelease: [] });
    if (base !== 0) return base;
    if (a.okd !== undefined && b.okd !== undefined) return compareOkdVersions(a.okd, b.okd);
    if (a.okd !== undefined || b.okd !== undefined) return a.okd !== undefined ? -1 : 1;
    return compareSemver(a.semver, b.semver);
  });
  return new Map(parsed.map(({ text }, position) => [text, position]));
}
