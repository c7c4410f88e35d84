import { printable } from '../../util/index.ts';
import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import { sourceUrl } from '../info/index.ts';
import { pullSpecOf, type TagReference } from '../stream/index.ts';
import { type Changelog, type CodeChange, isTold } from './changelog.ts';
import type { ChangelogEntry } from './entries.ts';
import type { FeatureGateChanges } from './feature-gates.ts';
import { referenceUrl } from './references.ts';

/** Keeps what others wrote from opening HTML in Markdown; entities and quotes stay, as in oc. */
export function withoutTags(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A name or label in Markdown: it opens no HTML and no link, and ends none. */
function plain(text: string): string {
  return withoutTags(text).replaceAll(/[[\]|]/g, '\\$&');
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

/** An address as the target of a link, whatever stands in the labels that it was made of. */
function target(url: string): string {
  return url.replaceAll(/[\s<>()"'`\\[\]]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** `https://github.com/o/r` of a source on GitHub. */
export function gitHubUrl(location: string): string | undefined {
  const { host, path } = sourceUrl(location);
  return host === 'github.com' ? `https://github.com${path}` : undefined;
}

/** Where a component's image is, by what names it best. */
export function imageIdOf(tag: TagReference): { readonly id: string; readonly text: string } {
  const name = tag.from?.name ?? '';
  const { id = '', tag: label = '' } = pullSpecOf(name) ?? {};
  if (id !== '') return { id, text: id };
  return label === '' ? { id: name, text: name } : { id: label, text: `:${label}` };
}

function imageLine(tag: TagReference): string {
  if (tag.from === undefined) return `* ${plain(tag.name)}`;
  const url = gitHubUrl(tag.annotations?.[SOURCE_LOCATION] ?? '');
  const commit = tag.annotations?.[COMMIT_ID];
  const git = commit === undefined ? '' : ` git [${plain(commit.slice(0, 8))}](${target(`${url}/commit/${commit}`)})`;
  const name = url === undefined ? plain(tag.name) : `[${plain(tag.name)}](${target(url)})${git}`;
  return `* ${name} ${code(imageIdOf(tag).text)}`;
}

/** A heading, its lines, and two empty lines after them; nothing when there are no lines. */
function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`### ${title}`, '', ...lines, '', ''];
}

function gateTable({ columns, gates }: FeatureGateChanges): readonly string[] {
  if (gates.length === 0) return [];
  const row = (cells: readonly string[]): string => `${cells.map((cell) => `| ${cell}`).join('')} |`;
  return [
    '',
    '### FeatureGate Changes',
    row(['FeatureGate ', ...columns.map(({ featureSet, profile }) => `${featureSet}<br/>${profile} `)]),
    row([':------ ', ...columns.map(() => ':---: ')]),
    ...gates.map(({ name, tests, states }) =>
      row([
        `${plain(name)} <br/> (${tests} tests)`,
        ...states.map((state) => (state === 'Disabled (New)' ? ' ' : state.replaceAll(' (', '<br/>('))),
      ]),
    ),
    '',
    '',
  ];
}

function entryLine(entry: ChangelogEntry, web: string): string {
  const references = entry.references.map(
    (reference, index) =>
      `[${index === 0 && reference.tracker === 'bugzilla' ? 'Bug ' : ''}${plain(reference.id)}](${target(referenceUrl(reference))})`,
  );
  const pull = `[#${entry.pullRequest}](${target(`${web}/pull/${entry.pullRequest}`)})`;
  return `*${references.length === 0 ? '' : ` ${references.join(', ')}:`} ${withoutTags(entry.subject)} ${pull}`;
}

function changeLines(change: CodeChange): readonly string[] {
  const { repository, from, to, images, entries, elided, unavailable } = change;
  if (!isTold(change)) return [];
  const { host, path } = sourceUrl(repository);
  const github = gitHubUrl(repository);
  const names = plain(images.join(', '));
  return [
    `### ${github === undefined ? names : `[${names}](${target(`${github}/tree/${to}`)})`}`,
    '',
    ...entries.map((entry) => entryLine(entry, `https://${host}${path}`)),
    ...(elided === 0 ? [] : [`* And ${elided} elided commits (e.g. from squash or rebase merges)`]),
    ...(unavailable === undefined ? [] : [`* The commits are not listed here: ${withoutTags(unavailable)}`]),
    github === undefined
      ? `* ${plain(`${repository} from ${from.slice(0, 8)} to ${to.slice(0, 8)}`)}`
      : `* [Full changelog](${target(`${github}/compare/${from}...${to}`)})`,
    '',
    '',
  ];
}

/** Go's `time.String()` of a time in UTC. */
function goTime(created: string): string {
  return `${created.replace('T', ' ').replace('Z', '')} +0000 UTC`;
}

/**
 * A changelog as Markdown: the text of `oc adm release info A B --changelog`, byte for byte (payload format § 2.3).
 * Where commits are not known, the entry says so instead of being left out.
 */
export function formatChangelogMarkdown(changelog: Changelog): string {
  const { from, to, components, featureGates, added, removed, rebuilt, unknownSource, changed } = changelog;
  const lines = [
    `# ${plain(to.name)}`,
    '',
    `Created: ${goTime(to.created)}`,
    '',
    `Image Digest: \`${to.digest}\``,
    '',
    ...(to.promotedFrom === undefined ? [] : [`Promoted from ${plain(to.promotedFrom)}`, '']),
    '',
    `## Changes from ${plain(from.name)}`,
    '',
    ...section(
      'Components',
      components.map(({ name, version, from: old }) =>
        plain(old === undefined ? `* ${name} ${version}` : `* ${name} upgraded from ${old} to ${version}`),
      ),
    ),
    ...gateTable(featureGates),
    ...section('New images', added.map(imageLine)),
    ...section(
      'Removed images',
      removed.map((name) => `* ${plain(name)}`),
    ),
    ...section('Rebuilt images without code change', rebuilt.map(imageLine)),
    ...section('Changed images of unknown source', unknownSource.map(imageLine)),
    ...changed.flatMap(changeLines),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
