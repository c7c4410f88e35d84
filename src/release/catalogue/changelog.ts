import type { AuditReport } from '../../audit/index.ts';
import { compareUrl, diffPayloads, type ImageChange, type Payload, type TagReference } from '../../payload/index.ts';

const SOURCE = 'io.openshift.build.source-location';
const COMMIT = 'io.openshift.build.commit.id';

/** A release as a changelog compares it: its payload, and what the audit saw in its images. */
export interface ChangelogSide {
  readonly payload: Payload;
  /** `undefined`: it can not be read. */
  readonly report: AuditReport | undefined;
}

function annotation(tag: TagReference | undefined, key: string): string {
  return tag?.annotations?.[key] ?? '';
}

/** Components that one change of one repository reached, as one entry. */
function groupByChange(changes: readonly ImageChange[]) {
  const key = ({ from, to }: ImageChange): string =>
    [annotation(to, SOURCE), annotation(from, COMMIT), annotation(to, COMMIT)].join(' ');
  return [...Map.groupBy(changes, key).values()].map((group) => {
    const [{ from, to } = {}] = group;
    const [repository, fromCommit, toCommit] = [
      annotation(to, SOURCE),
      annotation(from, COMMIT),
      annotation(to, COMMIT),
    ];
    return {
      names: group.map(({ name }) => name),
      repository: repository === '' ? null : repository,
      fromCommit,
      toCommit,
      compareUrl: repository.startsWith('https://github.com/') ? compareUrl(repository, fromCommit, toCommit) : null,
    };
  });
}

/** `name.arch` ► `epoch:version-release`, over all images; a package in several versions keeps them all. */
function packagesOf({ packages }: AuditReport): Map<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { name, nevra } of packages) {
    const arch = nevra.slice(nevra.lastIndexOf('.') + 1);
    const known = versions.get(`${name}.${arch}`) ?? new Set();
    known.add(nevra.slice(name.length + 1, -arch.length - 1));
    versions.set(`${name}.${arch}`, known);
  }
  return new Map([...versions].map(([key, known]) => [key, [...known].sort().join(', ')]));
}

/** What is different in packages; null when a report, which lists them, can not be read. */
export function packagesBetween(from: Pick<ChangelogSide, 'report'>, to: Pick<ChangelogSide, 'report'>) {
  if (from.report === undefined || to.report === undefined) return null;
  return packageChanges(packagesOf(from.report), packagesOf(to.report));
}

/** What is different between two such lists. */
function packageChanges(from: Map<string, string>, to: Map<string, string>) {
  const only = (these: Map<string, string>, those: Map<string, string>): string[] =>
    [...these].filter(([name]) => !those.has(name)).map(([name, version]) => `${name} ${version}`);
  return {
    added: only(to, from),
    removed: only(from, to),
    changed: [...to].flatMap(([name, version]) => {
      const before = from.get(name);
      return before === undefined || before === version ? [] : [{ name, from: before, to: version }];
    }),
  };
}

/**
 * What changed from one release to the next: components by the commits they were built of, rebuilt ones, and packages
 * of all images. Pure.
 */
export function changelogOf(to: ChangelogSide, from: ChangelogSide & { readonly name: string }) {
  const { images } = diffPayloads(from.payload, to.payload);
  const names = (kind: ImageChange['kind']): string[] =>
    images.filter((image) => image.kind === kind).map(({ name }) => name);
  return {
    from: from.name,
    added: names('added'),
    removed: names('removed'),
    changed: groupByChange(images.filter(({ kind }) => kind === 'changed')),
    rebuilt: names('rebuilt'),
    packages: packagesBetween(from, to),
  };
}
