import { printable, SlipwayError } from '../../util/index.ts';
import { COMMIT_ID, METADATA_FILE, REFERENCES_FILE, SOURCE_LOCATION } from '../assemble/index.ts';
import { type ImageTag, imageTags, type TagReference } from '../stream/index.ts';
import { compareBytes, goText, normaliseTime, table } from '../text/index.ts';
import type { ComponentImage } from '../types.ts';
import { sortUpgrades } from '../versions/index.ts';
import { digestOfTag, digestOrSpec, type ReleaseInfo } from './info.ts';
import { sizeLines } from './sizes.ts';
import { commitUrl } from './source-location.ts';

/** Which column stands beside the components' names. */
export type InfoColumns = 'digest' | 'pullspecs' | 'commits' | 'commit-urls';

const source = (tag: TagReference): string => tag.annotations?.[SOURCE_LOCATION] ?? '';
const commit = (tag: TagReference): string => tag.annotations?.[COMMIT_ID] ?? '';

/** A heading, and the cells of a tag. Headings of the commit columns end with a tab, which pads them by a blank. */
const COLUMNS: Readonly<Record<InfoColumns, { readonly heading: string; readonly cells: (tag: ImageTag) => string }>> =
  {
    digest: { heading: 'DIGEST', cells: digestOrSpec },
    pullspecs: { heading: 'PULL SPEC', cells: (tag) => tag.from.name },
    commits: { heading: 'REPO\tCOMMIT\t', cells: (tag) => `${source(tag)}\t${commit(tag)}` },
    'commit-urls': { heading: 'URL\t', cells: (tag) => commitUrl(source(tag), commit(tag)) },
  };

function heading(info: ReleaseInfo): readonly string[] {
  const { payload } = info;
  const { metadata } = payload;
  const upgrades = sortUpgrades(metadata.previous);
  const keys = Object.keys(metadata.metadata).sort(compareBytes);
  const versions = [...info.versions.versions];
  const lines = [
    `Name:\t${metadata.version}`,
    `Digest:\t${info.digest}`,
    `Created:\t${info.created}`,
    `OS/Arch:\t${info.platform}`,
    `Manifests:\t${info.manifests.length}`,
    ...(info.others.length === 0 ? [] : [`Metadata files:\t${info.others.length}`]),
    '',
    `Pull From: ${payload.pullSpec}`,
  ];
  if (payload.lacksMetadata !== true) {
    lines.push('', 'Release Metadata:', `  Version:\t${metadata.version}`);
    lines.push(`  Upgrades:\t${upgrades.length === 0 ? '<none>' : upgrades.join(', ')}`, '  Metadata:');
    lines.push(...keys.map((key) => `    ${key}:\t${goText(metadata.metadata[key])}`));
  }
  if (versions.length > 0) {
    lines.push('', 'Component Versions:');
    lines.push(...versions.map(([key, { version, displayName }]) => `  ${key}\t${version}\t${displayName}`));
  }
  return lines;
}

function warnings(info: ReleaseInfo): readonly string[] {
  const { warnings } = info.versions;
  return warnings.length === 0 ? [] : ['Warnings:', ...warnings.map((warning) => `* ${printable(warning)}`), ''];
}

function page(info: ReleaseInfo, images: readonly string[]): string {
  return [table(heading(info)), '', table(['Images:', ...images]), '', ...warnings(info), ''].join('\n');
}

/** The text of `oc adm release info`, byte for byte (payload format § 2.2). */
export function formatInfo(info: ReleaseInfo, columns: InfoColumns = 'digest'): string {
  const { heading, cells } = COLUMNS[columns];
  const tags = imageTags(info.payload.imageReferences.tags);
  return page(info, [`  NAME\t${heading}`, ...tags.map((tag) => `  ${tag.name}\t${cells(tag)}`)]);
}

/** The text of `oc adm release info --size`; ages are counted to `now`. */
export function formatInfoSizes(info: ReleaseInfo, images: readonly ComponentImage[], now: Date): string {
  return page(info, sizeLines(images, now));
}

/** What `oc adm release info --contents` prints: the two files of the payload, then the manifests, their bytes as they are. */
export function formatContents(info: ReleaseInfo): Uint8Array {
  const own = info.payload.files.filter(({ name }) => name === REFERENCES_FILE || name === METADATA_FILE);
  return Buffer.concat(
    [...own, ...info.manifests].flatMap(({ name, bytes }) => [
      Buffer.from(`# ${name}\n`),
      bytes,
      Buffer.from(bytes.length === 0 || bytes.at(-1) === 0x0a ? '' : '\n'),
    ]),
  );
}

/** The line of `oc adm release info --verify`, for a release whose components were all read and have the digests that it names. */
export function formatVerified({ payload }: ReleaseInfo): string {
  const created = normaliseTime(payload.imageReferences.creationTimestamp ?? '') ?? '0001-01-01T00:00:00Z';
  return `${payload.digest} ${created} ${payload.metadata.version}\n`;
}

/** The digest of a component, for scripts: an empty line would be taken for one. */
function pinned(tag: ImageTag): string {
  const digest = digestOfTag(tag);
  if (digest !== '') return digest;
  throw new SlipwayError('PAYLOAD_COMPONENT_UNPINNED', `${tag.name} does not point to a digest.`, {
    place: { image: tag.from.name },
    exitCode: 1,
  });
}

/** One line a component: `-o name`, `-o digest`, `-o pullspec`. Throws `PAYLOAD_COMPONENT_UNPINNED`, in oc's words. */
export function formatList(info: ReleaseInfo, output: 'name' | 'digest' | 'pullspec'): string {
  const { tags } = info.payload.imageReferences;
  const images = imageTags(tags);
  const lines = {
    name: () => tags.map(({ name }) => name),
    digest: () => images.map(pinned),
    pullspec: () => images.map(({ from }) => from.name),
  }[output]();
  return lines.map((line) => `${printable(line)}\n`).join('');
}
