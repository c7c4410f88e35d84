import { type OkdFamily, type OkdVersion, okdName, stampTime } from './okd.ts';
import { compareSemver, parseSemver, type SemanticVersion } from './semver.ts';

/**
 * What any version of OKD or OpenShift says about a release. `fcos`: a release of the time before SCOS, named like a
 * nightly; `other`: a prerelease of a scheme that is not known here.
 */
export type ReleaseKind = 'fcos' | 'nightly' | 'ec' | 'rc' | 'other' | 'ga';

/** Within one `X.Y.Z`, lowest first. */
const RANK: Readonly<Record<ReleaseKind, number>> = { fcos: 0, nightly: 1, ec: 2, rc: 3, other: 4, ga: 5 };

const FAMILY_KIND: Readonly<Record<OkdFamily, ReleaseKind>> = {
  fcos: 'fcos',
  'scos-nightly': 'nightly',
  ec: 'ec',
  rc: 'rc',
  ga: 'ga',
};

/** Nightlies of OpenShift and of its architectures: `0.nightly-…`, `0.ci-…`, `0.nightly-arm64-…`. */
const OPENSHIFT_NIGHTLY = /^(?:nightly|ci|konflux-nightly|okd)(?:-[a-z0-9]+)*?-(\d{4}-\d{2}-\d{2}-\d{6})$/;

/** A version with everything its place in the order depends on. */
export interface RankedVersion {
  readonly text: string;
  readonly kind: ReleaseKind;
  /** `4.21` */
  readonly minor: string;
  readonly semver: SemanticVersion;
  /** Number of a candidate or release, milliseconds of a nightly; what orders versions of one kind first. */
  readonly ordinal: number;
}

function nameOf(semver: SemanticVersion): { readonly kind: ReleaseKind; readonly ordinal: number } {
  const okd = okdName(semver);
  if (okd !== undefined) return { kind: FAMILY_KIND[okd.family], ordinal: okd.ordinal };
  const { prerelease } = semver;
  const [first, second] = prerelease;
  // the release of OpenShift, and of an OKD that would drop its suffix
  if (prerelease.length === 0) return { kind: 'ga', ordinal: -1 };
  // 4.20.0-ec.2, 4.20.0-rc.1, and the proposed 4.23.0-ec.2.okd-scos
  if ((first === 'ec' || first === 'rc') && typeof second === 'bigint') return { kind: first, ordinal: Number(second) };
  if (first === 0n && typeof second === 'string') {
    const stamp = OPENSHIFT_NIGHTLY.exec(second)?.[1];
    const time = stamp === undefined ? undefined : stampTime(stamp);
    if (time !== undefined) return { kind: 'nightly', ordinal: time };
  }
  return { kind: first === 0n ? 'nightly' : 'other', ordinal: -1 };
}

/** Ranks any semantic version. Throws `VERSION_INVALID`. */
export function rankVersion(text: string): RankedVersion {
  const semver = parseSemver(text);
  return { text, ...nameOf(semver), minor: `${semver.major}.${semver.minor}`, semver };
}

/** `ga` of `4.21.0-okd-scos.0`. Throws `VERSION_INVALID`. */
export function releaseKind(text: string): ReleaseKind {
  return rankVersion(text).kind;
}

/**
 * The one total order of releases, in which time flows forwards. Within one `X.Y.Z`: releases of the FCOS era,
 * nightlies, engineering candidates, release candidates, releases, each by number or date. SemVer would put
 * `4.20.0-okd-scos.17` below `4.20.0-okd-scos.ec.2`, because there a number ranks below a word; "latest" by SemVer is
 * how clusters were sent to candidates. What is left equal is told apart by SemVer and then by its text, so that two
 * versions are equal only when they are the same text.
 */
export function compareRanked(a: RankedVersion, b: RankedVersion): number {
  const base = compareSemver({ ...a.semver, prerelease: [] }, { ...b.semver, prerelease: [] });
  if (base !== 0) return base;
  return (
    RANK[a.kind] - RANK[b.kind] ||
    a.ordinal - b.ordinal ||
    compareSemver(a.semver, b.semver) ||
    (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)
  );
}

/** {@link compareRanked} of two texts, e.g. to sort; rank a long list once instead. Throws `VERSION_INVALID`. */
export function compareReleases(a: string, b: string): number {
  return compareRanked(rankVersion(a), rankVersion(b));
}

/** {@link compareRanked} of versions that follow OKD's naming. */
export function compareOkdVersions(a: OkdVersion, b: OkdVersion): number {
  return compareReleases(a.text, b.text);
}
