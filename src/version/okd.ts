import { SlipwayError } from '../util/index.ts';
import { parseSemver, type SemanticVersion } from './semver.ts';

/**
 * What an OKD version says about a release:
 * - `nightly`: `4.Y.0-0.okd-scos-YYYY-MM-DD-HHMMSS` (SCOS), `4.Y.0-0.okd-scos-nightly-YYYY-MM-DD-HHMMSS` (built by
 *   ART) or `4.Y.0-0.okd-YYYY-MM-DD-HHMMSS` (FCOS era, when nightlies were the releases)
 * - `candidate`: an engineering or a release candidate, `4.Y.Z-okd-scos.ec.N`, `4.Y.Z-okd-scos.rc.N`
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

/** Parses a version of the OKD naming scheme, `+arch` allowed. Throws `VERSION_NOT_OKD` or `VERSION_INVALID`. */
export function parseOkdVersion(text: string): OkdVersion {
  const semver = parseSemver(text);
  const named = okdName(semver);
  if (named !== undefined) {
    const { family, ordinal } = named;
    const kind = KIND[family];
    return { text, kind, minor: `${semver.major}.${semver.minor}`, ordinal, semver };
  }
  throw new SlipwayError('VERSION_NOT_OKD', `"${text}" is not an OKD version.`, {
    hint: 'Expected 4.Y.0-okd-scos.N, 4.Y.0-okd-scos.ec.N or 4.Y.0-0.okd-scos-YYYY-MM-DD-HHMMSS.',
  });
}

/** The families of OKD's names. */
export type OkdFamily = 'fcos' | 'scos-nightly' | 'ec' | 'rc' | 'ga';

const KIND: Readonly<Record<OkdFamily, OkdVersionKind>> = {
  fcos: 'nightly',
  'scos-nightly': 'nightly',
  ec: 'candidate',
  rc: 'candidate',
  ga: 'stable',
};

const DATE = /^okd(-scos(?:-nightly)?)?-(\d{4}-\d{2}-\d{2}-\d{6})$/;

/** The family and ordinal that the prerelease of a version names, if it is one of OKD's. */
export function okdName({
  prerelease,
}: SemanticVersion): { readonly family: OkdFamily; readonly ordinal: number } | undefined {
  const [first, second, third] = prerelease;
  if (first === 'okd-scos') {
    if (prerelease.length === 2 && typeof second === 'bigint') return { family: 'ga', ordinal: Number(second) };
    if (prerelease.length === 3 && (second === 'ec' || second === 'rc') && typeof third === 'bigint')
      return { family: second, ordinal: Number(third) };
    return undefined;
  }
  if (first !== 0n || prerelease.length !== 2 || typeof second !== 'string') return undefined;
  const [, scos, stamp] = DATE.exec(second) ?? [];
  const time = stamp === undefined ? undefined : stampTime(stamp);
  return time === undefined ? undefined : { family: scos === undefined ? 'fcos' : 'scos-nightly', ordinal: time };
}

/** The time that the suffix of a nightly stands for, in milliseconds; none for a date that does not exist. */
export function stampTime(stamp: string): number | undefined {
  const iso = stamp.replace(/^(.{10})-(\d{2})(\d{2})(\d{2})$/, '$1T$2:$3:$4Z');
  const time = Date.parse(iso);
  return Number.isNaN(time) || nightlySuffix(new Date(time)) !== stamp ? undefined : time;
}

/** `2026-11-23-051500` of a time, in UTC: the suffix of nightlies. */
export function nightlySuffix(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().slice(0, 19).split('T');
  return `${date}-${clock.replaceAll(':', '')}`;
}
