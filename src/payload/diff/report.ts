import { printable } from '../../util/index.ts';
import { COMMIT_ID, SOURCE_LOCATION } from '../assemble/index.ts';
import { digestOfTag, digestOrSpec } from '../info/index.ts';
import { formatPackageDifference, type PackageDifference } from '../packages/index.ts';
import type { TagReference } from '../stream/index.ts';
import { document, escapeHtml, htmlTable, humanSize, type JsonValue, section, table } from '../text/index.ts';
import type { ImageChange, PayloadDiff } from './diff.ts';
import { type ResourceDifference, resourceFiles, resourceLines, resourceTitle } from './resources.ts';
import { type SizeDifference, sizeDifferenceLines } from './sizes.ts';
import { formatDiff } from './text.ts';

/** What was compared of two releases; a part that was not asked for is absent. */
export interface DiffReport {
  readonly diff: PayloadDiff;
  readonly resources?: ResourceDifference;
  readonly sizes?: SizeDifference;
  readonly packages?: PackageDifference;
}

/** oc's text, then the parts that oc has not. */
export function formatDiffReport(report: DiffReport, now: Date, options: { readonly commits?: boolean } = {}): string {
  const { diff, resources, sizes, packages } = report;
  const parts = [
    formatDiff(diff, now, options),
    ...(sizes === undefined
      ? []
      : [
          `Sizes:\n${table(
            sizeDifferenceLines(sizes).map((line) => (line === '' ? '' : `  ${line}`)),
            2,
          )}\n`,
        ]),
    ...(packages === undefined ? [] : [`Packages of the Node Image:\n${packageLines(packages) || 'The same.\n'}`]),
    ...(resources === undefined ? [] : [`${resourceLines(resources).map(printable).join('\n')}\n`]),
  ];
  return parts.join('\n').replaceAll('\n\n\n', '\n\n');
}

function packageLines(packages: PackageDifference): string {
  return formatPackageDifference(packages).split('\n').map(printable).join('\n');
}

function sideValue(tag: TagReference | undefined) {
  if (tag === undefined) return null;
  return {
    digest: digestOfTag(tag) || null,
    pullSpec: tag.from?.name ?? '',
    source: tag.annotations?.[SOURCE_LOCATION] ?? null,
    commit: tag.annotations?.[COMMIT_ID] ?? null,
  };
}

function imageValue({ name, kind, from, to }: ImageChange) {
  return { name, change: kind, from: sideValue(from), to: sideValue(to) };
}

/** The report as plain data, for JSON and for the API. */
export function diffReportValue({ diff, resources, sizes, packages }: DiffReport) {
  const release = ({ payload, digest, created, platform }: PayloadDiff['from']) => ({
    version: payload.metadata.version,
    pullSpec: payload.pullSpec,
    digest,
    created,
    platform,
  });
  return {
    from: release(diff.from),
    to: release(diff.to),
    identical: diff.identical,
    upgrade: diff.upgrade,
    images: diff.images.map(imageValue),
    ...(sizes === undefined ? {} : { sizes }),
    ...(packages === undefined ? {} : { packages }),
    ...(resources === undefined ? {} : { manifests: resources }),
  };
}

const TITLES: Readonly<Record<ImageChange['kind'], string>> = {
  changed: 'other source',
  rebuilt: 'rebuilt',
  added: 'added',
  removed: 'removed',
};

function valueText(value: JsonValue | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}

function resourceSection({ resources, unchanged, unreadable }: ResourceDifference): string {
  const changed = resources.filter(({ fields }) => fields.length > 0);
  const rows = resources.map((resource) => [resourceTitle(resource), resource.change, resourceFiles(resource)]);
  return section('Objects for the cluster', [
    `<p>${resources.length} are different, ${unchanged} the same.</p>`,
    rows.length === 0 ? '' : htmlTable('Objects that are different', ['Object', 'Change', 'File'], rows),
    ...changed.map(
      (resource) =>
        `<details><summary>${escapeHtml(resourceTitle(resource))}</summary>${htmlTable(
          `Fields of ${resourceTitle(resource)} in ${resourceFiles(resource)}`,
          ['Field', 'Before', 'Now'],
          resource.fields.map(({ path, from, to }) => [path, valueText(from), valueText(to)]),
        )}</details>`,
    ),
    unreadable.length === 0
      ? ''
      : htmlTable(
          'Files that were not compared',
          ['File', 'Release', 'Why'],
          unreadable.map(({ file, release, reason }) => [file, release === 'from' ? 'earlier' : 'later', reason]),
        ),
  ]);
}

function sizeSection({ from, to, shared, fresh, images }: SizeDifference): string {
  const text = (size: number | undefined): string => (size === undefined ? '' : humanSize(size));
  return section('Sizes', [
    `<p>${humanSize(from)} before, ${humanSize(to)} now: ${humanSize(shared)} in layers of both, ${humanSize(fresh)} in new ones.</p>`,
    htmlTable(
      'Sizes of images that are not the same',
      ['Component', 'Before', 'Now', 'New layers'],
      images.map((image) => [image.name, text(image.from), text(image.to), text(image.fresh)]),
    ),
  ]);
}

/** The report as one HTML page that needs nothing else. */
export function formatDiffHtml({ diff, resources, sizes, packages }: DiffReport): string {
  const { from, to, images } = diff;
  const [before, now] = [from.payload.metadata.version, to.payload.metadata.version];
  return document(`${before} and ${now}`, [
    `<h1>${escapeHtml(before)} and ${escapeHtml(now)}</h1>`,
    `<p>${diff.identical ? 'The same release image.' : `${escapeHtml(now)} ${diff.upgrade ? 'names' : 'does not name'} ${escapeHtml(before)} as a version it can be reached from.`}</p>`,
    section('Images', [
      images.length === 0
        ? '<p>The same.</p>'
        : htmlTable(
            'Images that are not the same',
            ['Component', 'Change', 'Before', 'Now'],
            images.map((image) => [
              image.name,
              TITLES[image.kind],
              image.from === undefined ? '' : digestOrSpec(image.from),
              image.to === undefined ? '' : digestOrSpec(image.to),
            ]),
          ),
    ]),
    sizes === undefined ? '' : sizeSection(sizes),
    packages === undefined ? '' : packageSection(packages),
    resources === undefined ? '' : resourceSection(resources),
  ]);
}

/** Packages that changed, as a section of an HTML page. */
export function packageSection({ changed, added, removed }: PackageDifference): string {
  const rows = [
    ...changed.map(({ name, from, to }) => [name, from, to]),
    ...removed.map(({ name, version }) => [name, version, 'removed']),
    ...added.map(({ name, version }) => [name, 'not there', version]),
  ];
  return section('Packages of the node image', [
    rows.length === 0 ? '<p>The same.</p>' : htmlTable('Packages that changed', ['Package', 'Before', 'Now'], rows),
  ]);
}
