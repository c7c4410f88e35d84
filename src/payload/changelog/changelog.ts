import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import type { ImageChange, PayloadDiff } from '../diff/index.ts';
import type { ReleaseInfo } from '../info/index.ts';
import type { TagReference } from '../stream/index.ts';
import { rfc3339 } from '../text/index.ts';
import type { CommitRange, CommitSource } from './commits.ts';
import { type ChangelogEntry, entriesOf } from './entries.ts';
import { type FeatureGateChanges, featureGateChanges } from './feature-gates.ts';
import { historyOf } from './history.ts';

/** One of the two releases. */
export interface ChangelogRelease {
  readonly name: string;
  /** RFC 3339; when the content was put together, not the image. */
  readonly created: string;
  readonly digest: string;
  /** Pull spec of the release this one was promoted from. */
  readonly promotedFrom?: string;
}

/** Images whose code changed, and by which pull requests. */
export interface CodeChange extends CommitRange {
  /** In byte order. */
  readonly images: readonly string[];
  readonly entries: readonly ChangelogEntry[];
  /** Commits that came without a pull request of their own. */
  readonly elided: number;
  /** Whether the commits could be had. */
  readonly known: boolean;
  /** Why they could not; absent when nobody was asked. */
  readonly unavailable?: string;
}

/** Whether there is something to tell: oc leaves out what came without a pull request. */
export function isTold({ entries, elided, known }: CodeChange): boolean {
  return !known || entries.length + elided > 0;
}

/** What a release brings that another has not (payload format § 2.3). */
export interface Changelog {
  readonly from: ChangelogRelease;
  readonly to: ChangelogRelease;
  readonly components: readonly { readonly name: string; readonly version: string; readonly from?: string }[];
  readonly featureGates: FeatureGateChanges;
  readonly added: readonly TagReference[];
  readonly removed: readonly string[];
  /** Other images of the same source. */
  readonly rebuilt: readonly TagReference[];
  /** Images of another commit that do not say of which repository; oc leaves them out. */
  readonly unknownSource: readonly TagReference[];
  readonly changed: readonly CodeChange[];
}

const FROM_RELEASE = 'release.openshift.io/from-release';

function releaseOf({ payload }: ReleaseInfo): ChangelogRelease {
  const { creationTimestamp, annotations } = payload.imageReferences;
  const promotedFrom = annotations[FROM_RELEASE];
  return {
    name: payload.metadata.version,
    created: rfc3339(new Date(creationTimestamp ?? '0001-01-01T00:00:00Z')),
    digest: payload.digest,
    ...(promotedFrom === undefined ? {} : { promotedFrom }),
  };
}

/** `CentOS Stream CoreOS 9`, or `Machine Os` of the key `machine-os`. */
export function componentName(key: string, displayName: string): string {
  if (displayName !== '') return displayName;
  return key
    .split('-')
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join(' ');
}

function componentsOf(from: ReleaseInfo, to: ReleaseInfo): Changelog['components'] {
  return [...to.versions.versions].map(([key, { version, displayName }]) => {
    const old = from.versions.versions.get(key);
    const same = old === undefined || (old.version === version && old.displayName === displayName);
    return { name: componentName(key, displayName), version, ...(same ? {} : { from: old.version }) };
  });
}

const commitOf = (tag: TagReference | undefined): string => tag?.annotations?.[COMMIT_ID] ?? '';
const sourceOf = (tag: TagReference | undefined): string => tag?.annotations?.[SOURCE_LOCATION] ?? '';

type Both = ImageChange & { readonly from: TagReference; readonly to: TagReference };

function isBoth(change: ImageChange): change is Both {
  return change.from !== undefined && change.to !== undefined;
}

/** Images of one repository that went from one commit to the same other, in order of the first of them. */
function rangesOf(changes: readonly Both[]): readonly (CommitRange & { readonly images: readonly string[] })[] {
  const key = ({ from, to }: Both): string => `${sourceOf(to)}\n${commitOf(from)}..${commitOf(to)}`;
  return [...Map.groupBy(changes, key).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [repository, previous] = [sourceOf(first.to), sourceOf(first.from)];
    return [
      {
        repository,
        ...(previous === repository ? {} : { previousRepository: previous }),
        from: commitOf(first.from),
        to: commitOf(first.to),
        images: group.map(({ name }) => name),
      },
    ];
  });
}

async function changeOf(
  range: CommitRange & { readonly images: readonly string[] },
  source: CommitSource | undefined,
): Promise<CodeChange> {
  if (source === undefined) return { ...range, entries: [], elided: 0, known: false };
  const commits = await source.commits(range);
  if ('unavailable' in commits)
    return { ...range, entries: [], elided: 0, known: false, unavailable: commits.unavailable };
  const history = historyOf(commits, range.to);
  return { ...range, entries: entriesOf(history), elided: history.elided, known: true };
}

/**
 * The changelog of two releases. Commits come from `source`, one repository after the other; where they can not be had,
 * the entry says why. Throws what `parseManifests` throws for a FeatureGate manifest that can not be read.
 */
export async function changelogOf(diff: PayloadDiff, source: CommitSource | undefined): Promise<Changelog> {
  const { from, to, images } = diff;
  const both = images.filter(isBoth);
  const recoded = both.filter((change) => {
    const [old, now] = [commitOf(change.from), commitOf(change.to)];
    return old !== '' && old !== now;
  });
  const known = recoded.filter((change) => sourceOf(change.from) !== '' && sourceOf(change.to) !== '');
  const changed: CodeChange[] = [];
  for (const range of rangesOf(known)) changed.push(await changeOf(range, source));
  const tags = (changes: readonly ImageChange[]): TagReference[] => changes.flatMap(({ to: tag }) => tag ?? []);
  return {
    from: releaseOf(from),
    to: releaseOf(to),
    components: componentsOf(from, to),
    featureGates: featureGateChanges(from.payload, to.payload),
    added: tags(images.filter((change) => change.from === undefined)),
    removed: images.filter((change) => change.to === undefined).map(({ name }) => name),
    rebuilt: tags(both.filter((change) => !recoded.includes(change))),
    unknownSource: tags(recoded.filter((change) => !known.includes(change))),
    changed,
  };
}
