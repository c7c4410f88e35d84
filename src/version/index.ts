export { nightlySuffix, type OkdVersion, type OkdVersionKind, parseOkdVersion } from './okd.ts';
export {
  compareOkdVersions,
  compareRanked,
  compareReleases,
  type RankedVersion,
  type ReleaseKind,
  rankVersion,
  releaseKind,
} from './order.ts';
export {
  contains,
  parseRange,
  type VersionRange,
} from './range.ts';
export { compareSemver, formatSemver, isSemver, parseSemver, type SemanticVersion } from './semver.ts';
