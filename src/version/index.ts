export { compareOkdVersions, nightlySuffix, type OkdVersion, type OkdVersionKind, parseOkdVersion } from './okd.ts';
export { compareSemver, formatSemver, isSemver, parseSemver, type SemanticVersion } from './semver.ts';
