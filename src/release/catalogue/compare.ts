import {
  type Changelog,
  type CommitSource,
  type ComponentImage,
  changelogOf,
  diffPayloads,
  diffResources,
  diffSizes,
  type FileOutline,
  formatChangelog,
  type Payload,
  type ResourceChange,
  referenceUrl,
  releaseImage,
  releaseSize,
  type TagReference,
  webUrl,
} from '../../payload/index.ts';
import { type ChangelogSide, packagesBetween } from './changelog.ts';

const SOURCE = 'io.openshift.build.source-location';
const COMMIT = 'io.openshift.build.commit.id';

/** Longest value of a field that is told; a CRD's description can be a page. */
const VALUE_LIMIT = 300;

/** A release as a comparison takes it, with the images of its components. */
export interface ComparedSide extends ChangelogSide {
  readonly name: string;
  readonly images: readonly ComponentImage[];
}

function imageView(tag: TagReference) {
  const source = tag.annotations?.[SOURCE] ?? '';
  const commit = tag.annotations?.[COMMIT] ?? '';
  const web = source === '' ? undefined : webUrl(source);
  return {
    name: tag.name,
    pullSpec: tag.from?.name ?? '',
    sourceUrl: web ?? null,
    commit: commit === '' ? null : commit,
    commitUrl: web === undefined || commit === '' ? null : `${web}/commit/${commit}`,
  };
}

function changeView({ images, repository, from, to, entries, elided, unavailable }: Changelog['changed'][number]) {
  const web = webUrl(repository);
  return {
    images: [...images],
    repository,
    sourceUrl: web ?? null,
    fromCommit: from,
    toCommit: to,
    compareUrl: web === undefined ? null : `${web}/compare/${from}...${to}`,
    commits: entries.map(({ pullRequest, subject, references, time }) => ({
      subject,
      pullRequest,
      url: web === undefined ? null : `${web}/pull/${pullRequest}`,
      at: new Date(time * 1000).toISOString(),
      issues: references.map((reference) => ({ id: reference.id, url: referenceUrl(reference) })),
    })),
    elided,
    unavailable: unavailable ?? null,
  };
}

function valueText(value: unknown): string | null {
  if (value === undefined) return null;
  const text = JSON.stringify(value);
  return text.length > VALUE_LIMIT ? `${text.slice(0, VALUE_LIMIT)}…` : text;
}

function objectView({ apiVersion, kind, namespace, name, change, fromFile, toFile, fields }: ResourceChange) {
  return {
    apiVersion,
    kind,
    namespace,
    name,
    change,
    file: toFile ?? fromFile ?? '',
    fields: fields.map(({ path, from, to }) => ({ path, from: valueText(from), to: valueText(to) })),
  };
}

async function made(from: ComparedSide, to: ComparedSide, commits: CommitSource | undefined) {
  const diff = diffPayloads(from.payload, to.payload);
  return { diff, changelog: await changelogOf(diff, commits) };
}

/** What a release brings that another has not: components with their commits, feature gates, objects, sizes, packages. */
export async function compareReleases(from: ComparedSide, to: ComparedSide, commits: CommitSource | undefined) {
  const { diff, changelog } = await made(from, to, commits);
  const objects = diffResources(from.payload, to.payload);
  const sizes = diffSizes([...from.images, releaseImage(from.payload)], [...to.images, releaseImage(to.payload)]);
  return {
    from: from.name,
    to: to.name,
    identical: diff.identical,
    versions: changelog.components.map(({ name, version, from: old }) => ({ name, version, from: old ?? null })),
    featureGates: {
      columns: changelog.featureGates.columns.map((column) => ({ ...column })),
      gates: changelog.featureGates.gates.map(({ name, tests, states }) => ({ name, tests, states: [...states] })),
    },
    added: changelog.added.map(imageView),
    removed: [...changelog.removed],
    rebuilt: changelog.rebuilt.map(imageView),
    unknownSource: changelog.unknownSource.map(imageView),
    changed: changelog.changed.map(changeView),
    objects: objects.resources.map(objectView),
    unchangedObjects: objects.unchanged,
    unreadable: objects.unreadable.map((file) => ({ ...file })),
    sizes: {
      from: sizes.from,
      to: sizes.to,
      shared: sizes.shared,
      fresh: sizes.fresh,
      images: sizes.images.map((image) => ({
        name: image.name,
        from: image.from ?? null,
        to: image.to ?? null,
        fresh: image.fresh,
      })),
    },
    packages: packagesBetween(from, to),
  };
}

/** The changelog as a document, for release notes. */
export async function changelogDocument(
  from: ComparedSide,
  to: ComparedSide,
  format: 'markdown' | 'html',
  commits: CommitSource | undefined,
): Promise<string> {
  return formatChangelog((await made(from, to, commits)).changelog, format);
}

/** What a release brings to a cluster, file by file, and how large its images are. */
export function releaseContents(payload: Payload, outlines: readonly FileOutline[], images: readonly ComponentImage[]) {
  const byFile = new Map(outlines.map((outline) => [outline.file, outline]));
  const size = releaseSize(images);
  return {
    files: [...payload.files]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, bytes }) => ({ name, sizeBytes: bytes.length, ...objectsOf(byFile.get(name)) })),
    sizes: {
      layers: size.layers,
      bytes: size.bytes,
      bases: size.bases,
      images: size.images.map(({ image, size: bytes, unique, base }) => ({
        name: image.name,
        layers: image.layers.length,
        bytes,
        unique,
        base,
      })),
    },
  };
}

/** The objects of a manifest file, or why they can not be told. */
function objectsOf(outline: FileOutline | undefined) {
  const objects = (outline?.objects ?? []).map(({ group, version, kind, namespace, name }) => ({
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    namespace,
    name,
  }));
  return { objects, unreadable: outline?.refusal?.message ?? null };
}
