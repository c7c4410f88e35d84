import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import { webUrl } from '../info/index.ts';
import type { TagReference } from '../stream/index.ts';
import { document, escapeHtml, htmlTable, link, list, section } from '../text/index.ts';
import { type Changelog, type CodeChange, isTold } from './changelog.ts';
import type { ChangelogEntry } from './entries.ts';
import type { FeatureGateChanges } from './feature-gates.ts';
import { gitHubUrl, imageIdOf } from './markdown.ts';
import { referenceUrl } from './references.ts';

function image(tag: TagReference): string {
  const url = webUrl(tag.annotations?.[SOURCE_LOCATION] ?? '');
  const commit = tag.annotations?.[COMMIT_ID] ?? '';
  const short = escapeHtml(commit.slice(0, 8));
  const github = gitHubUrl(tag.annotations?.[SOURCE_LOCATION] ?? '');
  const git =
    commit === '' ? '' : ` at ${github === undefined ? short : link(`${github}/commit/${commit}`, commit.slice(0, 8))}`;
  const name = url === undefined ? escapeHtml(tag.name) : link(url, tag.name);
  return `${name}${git} <code>${escapeHtml(imageIdOf(tag).text)}</code>`;
}

function entry({ references, subject, pullRequest }: ChangelogEntry, web: string): string {
  const named = references.map((reference) => link(referenceUrl(reference), reference.id)).join(', ');
  return `${named === '' ? '' : `${named}: `}${escapeHtml(subject)} ${link(`${web}/pull/${pullRequest}`, `#${pullRequest}`)}`;
}

function change({ repository, from, to, images, entries, elided, unavailable }: CodeChange): string {
  const github = gitHubUrl(repository);
  const range = `${from.slice(0, 8)} to ${to.slice(0, 8)}`;
  return section(images.join(', '), [
    `<p>${github === undefined ? `${escapeHtml(repository)} from ${escapeHtml(range)}` : link(`${github}/compare/${from}...${to}`, `All commits from ${range}`)}.</p>`,
    list(entries.map((item) => entry(item, webUrl(repository) ?? repository))),
    elided === 0 ? '' : `<p>And ${elided} more that came without a merge.</p>`,
    unavailable === undefined ? '' : `<p>The commits are not listed here: ${escapeHtml(unavailable)}.</p>`,
  ]);
}

function gates({ columns, gates: rows }: FeatureGateChanges): string {
  if (rows.length === 0) return '';
  return section('Feature gates', [
    htmlTable(
      'Feature gates in another state',
      ['Gate', 'Tests', ...columns.map(({ featureSet, profile }) => `${featureSet}, ${profile}`)],
      rows.map(({ name, tests, states }) => [name, String(tests), ...states]),
    ),
  ]);
}

function named(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : section(title, [list(items)]);
}

/**
 * A changelog as one HTML page: no scripts, nothing from elsewhere, light and dark. What others wrote is escaped.
 * `more` are sections that come before those of the commits.
 */
export function formatChangelogHtml(changelog: Changelog, more: readonly string[] = []): string {
  const { from, to, components, added, removed, rebuilt, unknownSource } = changelog;
  const promoted = to.promotedFrom === undefined ? '' : ` Promoted from <code>${escapeHtml(to.promotedFrom)}</code>.`;
  return document(`${to.name}: changes from ${from.name}`, [
    `<h1>${escapeHtml(to.name)}</h1>`,
    `<p>Created <time datetime="${escapeHtml(to.created)}">${escapeHtml(to.created)}</time>. Digest <code>${escapeHtml(to.digest)}</code>.${promoted}</p>`,
    `<p>Changes from ${escapeHtml(from.name)}.</p>`,
    named(
      'Versions',
      components.map(({ name, version, from: old }) =>
        escapeHtml(old === undefined ? `${name} ${version}` : `${name} upgraded from ${old} to ${version}`),
      ),
    ),
    gates(changelog.featureGates),
    named('New images', added.map(image)),
    named('Removed images', removed.map(escapeHtml)),
    named('Rebuilt images without code change', rebuilt.map(image)),
    named('Changed images of unknown source', unknownSource.map(image)),
    ...more,
    ...changelog.changed.filter(isTold).map(change),
  ]);
}
