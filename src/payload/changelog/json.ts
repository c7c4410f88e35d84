import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import { webUrl } from '../info/index.ts';
import type { TagReference } from '../stream/index.ts';
import { type GoValue, goJson, rfc3339 } from '../text/index.ts';
import { type Changelog, type ChangelogRelease, type CodeChange, isTold } from './changelog.ts';
import type { ChangelogEntry } from './entries.ts';
import type { FeatureGateChanges } from './feature-gates.ts';
import { gitHubUrl, imageIdOf, withoutTags } from './markdown.ts';
import { type IssueReference, referenceUrl } from './references.ts';

/** Go leaves out what is empty. */
function filled<T extends GoValue>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function releaseValue({ name, created, digest, promotedFrom }: ChangelogRelease): GoValue {
  return { name, created, digest, promotedFrom };
}

function imageValue(tag: TagReference): GoValue {
  if (tag.from === undefined) return { name: tag.name, path: '' };
  const path = gitHubUrl(tag.annotations?.[SOURCE_LOCATION] ?? '');
  const commit = path === undefined ? undefined : tag.annotations?.[COMMIT_ID];
  return { name: tag.name, path: path ?? '', shortCommit: commit?.slice(0, 8), commit, imageRef: imageIdOf(tag).id };
}

function entryValue({ references, subject, pullRequest, time }: ChangelogEntry, web: string): GoValue {
  const links = (tracker: IssueReference['tracker']): GoValue | undefined => {
    const found = references.filter((reference) => reference.tracker === tracker);
    return found.length === 0 ? undefined : new Map(found.map((reference) => [reference.id, referenceUrl(reference)]));
  };
  return {
    bugs: links('bugzilla'),
    issues: links('jira'),
    subject: withoutTags(subject),
    pullID: pullRequest,
    pullURL: `${web}/pull/${pullRequest}`,
    commitDate: rfc3339(new Date(time * 1000)),
  };
}

function changeValue({ repository, from, to, images, entries, elided, unavailable }: CodeChange): GoValue {
  const github = gitHubUrl(repository);
  return {
    name: images.join(', '),
    path: github === undefined ? '' : `${github}/tree/${to}`,
    commits: filled(entries.map((entry) => entryValue(entry, webUrl(repository) ?? repository))),
    elidedCommits: elided === 0 ? undefined : elided,
    fullChangeLog: github === undefined ? undefined : `${github}/compare/${from}...${to}`,
    unavailable,
  };
}

/** As newer versions of oc have it: name, and profile ► feature set ► state. */
function gateValues({ columns, gates }: FeatureGateChanges): readonly GoValue[] {
  return gates.map(({ name, states }) => {
    const profiles = new Map<string, Map<string, GoValue>>();
    for (const [index, { featureSet, profile }] of columns.entries()) {
      const bySet = profiles.get(profile) ?? new Map<string, GoValue>();
      profiles.set(profile, bySet.set(featureSet, states[index] ?? ''));
    }
    return { name, status: profiles };
  });
}

export interface ChangelogJsonOptions {
  /** Exactly the fields of oc 4.20: without feature gates. */
  readonly compat?: boolean;
}

/** The value of `oc adm release info A B --changelog -o json` (payload format § 2.3). */
export function changelogValue(changelog: Changelog, { compat = false }: ChangelogJsonOptions = {}) {
  const { from, to, components, featureGates, added, removed, rebuilt, unknownSource, changed } = changelog;
  const listed = changed.filter(isTold);
  return {
    from: releaseValue(from),
    to: releaseValue(to),
    components: filled(components.map(({ name, version, from: old }) => ({ name, version, from: old }))),
    featureGates: compat ? undefined : filled(gateValues(featureGates)),
    newImages: filled(added.map(imageValue)),
    removedImages: filled(removed.map((name) => ({ name, path: '' }))),
    rebuiltImages: filled(rebuilt.map(imageValue)),
    changedImages: filled(unknownSource.map(imageValue)),
    updatedImages: filled(listed.map(changeValue)),
  };
}

export function formatChangelogJson(changelog: Changelog, options: ChangelogJsonOptions = {}): string {
  return `${goJson(changelogValue(changelog, options), '  ')}\n`;
}
