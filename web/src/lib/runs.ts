import { type Api, findRelease } from './api.ts';
import type { ReleaseDetail, ReleaseSummary, StatusView, StreamView } from './types.ts';

const newestFirst = (a: ReleaseSummary, b: ReleaseSummary) => b.createdAt.localeCompare(a.createdAt);

export function sortReleases(releases: readonly ReleaseSummary[]): ReleaseSummary[] {
  return releases.toSorted(newestFirst);
}

/** The release to show as the latest stable one: the newest accepted release of any stable stream. */
export function latestStable(streams: readonly StreamView[]): string | undefined {
  const accepted = streams
    .filter((stream) => stream.kind === 'stable')
    .flatMap((stream) => stream.releases.filter((release) => release.name === stream.latestAccepted));
  return sortReleases(accepted)[0]?.name;
}

export interface Run {
  readonly nightly: ReleaseDetail;
  /** The release that the nightly became, if it was promoted. */
  readonly stable: ReleaseDetail | undefined;
  readonly running: boolean;
}

/** The newest nightly with what became of it: the run that the home page shows. */
export async function newestRun(
  api: Api,
  releases: readonly ReleaseSummary[],
  status: StatusView,
): Promise<Run | undefined> {
  const newest = sortReleases(releases).find((release) => release.kind === 'nightly');
  const nightly = newest && (await findRelease(api, newest.name));
  if (!nightly) return undefined;
  const stable = nightly.promotedTo === null ? undefined : await findRelease(api, nightly.promotedTo);
  return {
    nightly,
    stable,
    running: status.running === nightly.name || (stable !== undefined && status.running === stable.name),
  };
}

/**
 * How people may overrule the gates of a release. What has been published stays accepted, for others may have pulled it;
 * what was never assembled cannot be accepted. The server decides in the end: this only spares people a refusal.
 */
export function overrides({ kind, phase, published, digest }: ReleaseSummary): ('accept' | 'reject')[] {
  if (kind !== 'nightly') return [];
  if (phase === 'Rejected') return digest === null ? [] : ['accept'];
  return phase === 'Accepted' && !published ? ['reject'] : [];
}
