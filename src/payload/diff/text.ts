import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import { commitUrl, compareUrl, digestOrSpec, infoValue, type ReleaseInfo } from '../info/index.ts';
import { type TagReference, tagValue } from '../stream/index.ts';
import { type GoValue, goJson, shortDuration, table } from '../text/index.ts';
import type { ImageChange, PayloadDiff } from './diff.ts';

const SECTIONS = [
  ['changed', 'Images Changed:'],
  ['rebuilt', 'Images Rebuilt:'],
  ['added', 'Images Added:'],
  ['removed', 'Images Removed:'],
] as const;

const source = (tag: TagReference): string => tag.annotations?.[SOURCE_LOCATION] ?? '';
const commit = (tag: TagReference): string => tag.annotations?.[COMMIT_ID] ?? '';

function commitOf(tag: TagReference): string {
  return commit(tag) === '' || source(tag) === '' ? '<unknown>' : commitUrl(source(tag), commit(tag));
}

/** Where the source's change can be seen; a moved repository shows both places. */
function commitsOf({ from, to }: ImageChange): string {
  if (from === undefined || to === undefined) return commitOf((to ?? from) as TagReference);
  if (commit(from) === commit(to) && source(from) === source(to)) return commitOf(to);
  if (source(from) !== source(to) || commit(from) === '' || commit(to) === '')
    return `${commitOf(from)} -> ${commitOf(to)}`;
  return compareUrl(source(to), commit(from), commit(to));
}

/** A line with tabs between its cells; names are as wide as the widest of all sections, in bytes, as in oc. */
function imageLine(change: ImageChange, width: number, commits: boolean): string {
  const name = `  ${change.name}${' '.repeat(width - Buffer.byteLength(change.name))}`;
  if (change.kind === 'removed') return name;
  if (commits) return `${name}\t${commitsOf(change)}`;
  return [name, ...[change.from, change.to].flatMap((tag) => (tag === undefined ? [] : [digestOrSpec(tag)]))].join(
    '\t',
  );
}

const version = (info: ReleaseInfo): string => info.payload.metadata.version;

function metadataLines(from: ReleaseInfo, to: ReleaseInfo, upgrade: boolean): readonly string[] {
  const [before, now] = [from, to].map(({ payload }) => payload.lacksMetadata !== true);
  if (before && now)
    return ['', `Version:\t${version(from)}\t${version(to)}`, `Upgrade From:\t\t${upgrade ? 'Yes' : 'No'}`];
  if (before) return ['Has Release Metadata:\tYes\t'];
  return now ? ['Has Release Metadata:\t\tYes'] : [];
}

function heading({ from, to, upgrade }: PayloadDiff, now: Date): readonly string[] {
  const age = (info: ReleaseInfo): string => shortDuration((now.getTime() - Date.parse(info.created)) / 1000);
  return [
    '\tFROM\tTO',
    `Name:\t${version(from)}\t${version(to)}`,
    `Created:\t${age(from)}\t${age(to)}`,
    ...(from.platform === to.platform ? [] : [`OS/Arch:\t${from.platform}\t${to.platform}`]),
    ...metadataLines(from, to, upgrade),
    '',
  ];
}

/**
 * The text of `oc adm release info A B`, byte for byte (payload format § 2.2). Ages are counted to `now`; `commits` shows
 * where the sources changed instead of digests.
 */
export function formatDiff(diff: PayloadDiff, now: Date, options: { readonly commits?: boolean } = {}): string {
  if (diff.identical) return 'Releases are identical\n';
  const width = Math.max(0, ...diff.images.map(({ name }) => Buffer.byteLength(name)));
  const sections = SECTIONS.flatMap(([kind, title]) => {
    const changes = diff.images.filter((change) => change.kind === kind);
    if (changes.length === 0) return [];
    return [title, table(changes.map((change) => imageLine(change, width, options.commits ?? false))), ''];
  });
  return `${[table(heading(diff, now), 2), ...sections].join('\n')}\n`;
}

/** The text of `oc adm release info A B -o json`. */
export function formatDiffJson(diff: PayloadDiff): string {
  const base64 = (bytes: Uint8Array | undefined): string | null =>
    bytes === undefined ? null : Buffer.from(bytes).toString('base64');
  const value: GoValue = {
    from: infoValue(diff.from),
    to: infoValue(diff.to),
    changedImages: new Map<string, GoValue>(
      diff.images.map(({ name, from, to }) => [
        name,
        { name, from: from === undefined ? null : tagValue(from), to: to === undefined ? null : tagValue(to) },
      ]),
    ),
    changedManifests: new Map<string, GoValue>(
      diff.manifests.map(({ name, from, to }) => [name, { filename: name, from: base64(from), to: base64(to) }]),
    ),
  };
  return `${goJson(value, '  ')}\n`;
}
