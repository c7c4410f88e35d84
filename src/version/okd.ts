import { SlipwayError } from '../util/index.ts';
import { compareSemver, parseSemver, type SemanticVersion } from './semver.ts';

/**
 * What an OKD version says about a release:
 * - `nightly`: `4.Y.0-0.okd-scos-YYYY-MM-DD-HHMMSS` (SCOS) or `4.Y.0-0.okd-YYYY-MM-DD-HHMMSS` (FCOS era)
 * - `candidate`: an engineering candidate, `4.Y.Z-okd-scos.ec.N`
 * - `stable`: `4.Y.Z-okd-scos.N`
 */
export type OkdVersionKind = 'nightly' | 'candidate' | 'stable';

export interface OkdVersion {
  readonly text: string;
  readonly kind: OkdVersionKind;
  /** `4.21` */
  readonly minor: string;
  /** Ordinal of a stable release or candidate; the UTC time of a nightly in milliseconds. */
  readonly ordinal: number;
  readonly semver: SemanticVersion;
}

const STABLE = /^(\d+\.\d+)\.\d+-okd-scos\.(\d+)$/;
const CANDIDATE = /^(\d+\.\d+)\.\d+-okd-scos\.ec\.(\d+)$/;
const NIGHTLY = /^(\d+\.\d+)\.\d+-0\.okd(?:-scos)?-(\d{4})-(\d{2})-(\d{2})-(\d{2})(\d{2})(\d{2})$/;

/** Parses a version of the OKD naming scheme. Throws `VERSION_NOT_OKD` or `VERSION_INVALID`. */
export function parseOkdVersion(text: string): OkdVersion {
  const semver = parseSemver(text);
  const stable = STABLE.exec(text);
  if (stable) return { text, kind: 'stable', minor: stable[1] as string, ordinal: Number(stable[2]), semver };
  const candidate = CANDIDATE.exec(text);
  if (candidate)
    return { text, kind: 'candidate', minor: candidate[1] as string, ordinal: Number(candidate[2]), semver };
  const nightly = NIGHTLY.exec(text);
  if (nightly) {
    const [, minor, ...parts] = nightly as unknown as [string, string, ...string[]];
    const [year, month, day, hour, minute, second] = parts.map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const time = Date.UTC(year, month - 1, day, hour, minute, second);
    if (nightlySuffix(new Date(time)) === parts.slice(0, 3).join('-').concat('-', parts.slice(3).join(''))) {
      return { text, kind: 'nightly', minor, ordinal: time, semver };
    }
  }
  throw new SlipwayError('VERSION_NOT_OKD', `"${text}" is not an OKD version.`, {
    hint: 'Expected 4.Y.0-okd-scos.N, 4.Y.0-okd-scos.ec.N or 4.Y.0-0.okd-scos-YYYY-MM-DD-HHMMSS.',
  });
}

/** `2026-11-23-051500` of a time, in UTC: the suffix of nightlies. */
export function nightlySuffix(time: Date): string {
  const [date, clock] = time.toISOString().slice(0, 19).split('T') as [string, string];
  return `${date}-${clock.replaceAll(':', '')}`;
}

const RANK: Record<OkdVersionKind, number> = { nightly: 0, candidate: 1, stable: 2 };

/**
 * OKD's own order. SemVer would put `4.20.0-okd-scos.17` below `4.20.0-okd-scos.ec.2`; here, within one `X.Y.Z`,
 * nightlies come first, then engineering candidates, then stable releases, each by its ordinal.
 */
export function compareOkdVersions(a: OkdVersion, b: OkdVersion): number {
  const base = compareSemver({ ...a.semver, prerelease: [] }, { ...b.semver, prerelease: [] });
  if (base !== 0) return base;
  return RANK[a.kind] - RANK[b.kind] || a.ordinal - b.ordinal || compareSemver(a.semver, b.semver);
}
