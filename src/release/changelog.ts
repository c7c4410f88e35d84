import type { AuditReport } from '../audit/index.ts';
import type { Payload } from '../payload/index.ts';

interface Component {
  readonly name: string;
  readonly digest: string;
  readonly repository: string;
  readonly commit: string;
}

function componentsOf(payload: Payload): Map<string, Component> {
  return new Map(
    payload.imageReferences.tags.map((tag) => [
      tag.name,
      {
        name: tag.name,
        digest: tag.from?.name.split('@')[1] ?? '',
        repository: tag.annotations?.['io.openshift.build.source-location'] ?? '',
        commit: tag.annotations?.['io.openshift.build.commit.id'] ?? '',
      },
    ]),
  );
}

/** `name.arch` ► `epoch:version-release`, over all images; a package in several versions keeps them all. */
function packagesOf(report: AuditReport): Map<string, string> {
  const versions = new Map<string, Set<string>>();
  for (const { name, nevra } of report.packages) {
    const arch = nevra.slice(nevra.lastIndexOf('.') + 1);
    const known = versions.get(`${name}.${arch}`) ?? new Set();
    known.add(nevra.slice(name.length + 1, -arch.length - 1));
    versions.set(`${name}.${arch}`, known);
  }
  return new Map([...versions].map(([key, known]) => [key, [...known].sort().join(', ')]));
}

function compareUrl(repository: string, from: string, to: string): string | null {
  return repository.startsWith('https://github.com/') && from !== '' && to !== ''
    ? `${repository.replace(/\.git$/, '')}/compare/${from}...${to}`
    : null;
}

/**
 * What changed from one payload to the next: components by the commits they were built of (grouped when one change
 * reached several images), rebuilt ones, and packages of all images. Pure. Without an earlier payload everything is added.
 */
export function changelogOf(
  to: Payload,
  toReport: AuditReport | undefined,
  from: Payload | undefined,
  fromReport: AuditReport | undefined,
  fromName: string | null,
) {
  const now = componentsOf(to);
  const then = from === undefined ? new Map<string, Component>() : componentsOf(from);
  const groups = new Map<
    string,
    {
      names: string[];
      repository: string | null;
      fromCommit: string | null;
      toCommit: string | null;
      compareUrl: string | null;
    }
  >();
  const rebuilt: string[] = [];
  for (const [name, component] of now) {
    const before = then.get(name);
    if (!before || before.digest === component.digest) continue;
    if (before.commit === '' || before.commit === component.commit) {
      rebuilt.push(name);
      continue;
    }
    const key = `${component.repository} ${before.commit} ${component.commit}`;
    const group = groups.get(key) ?? {
      names: [],
      repository: component.repository === '' ? null : component.repository,
      fromCommit: before.commit,
      toCommit: component.commit,
      compareUrl: compareUrl(component.repository, before.commit, component.commit),
    };
    group.names.push(name);
    groups.set(key, group);
  }
  const nowPackages = toReport === undefined ? new Map<string, string>() : packagesOf(toReport);
  const thenPackages = fromReport === undefined ? new Map<string, string>() : packagesOf(fromReport);
  return {
    from: fromName,
    added: [...now.keys()].filter((name) => !then.has(name)),
    removed: [...then.keys()].filter((name) => !now.has(name)),
    changed: [...groups.values()],
    rebuilt,
    packages: {
      added: [...nowPackages]
        .filter(([name]) => !thenPackages.has(name))
        .map(([name, version]) => `${name} ${version}`),
      removed: [...thenPackages]
        .filter(([name]) => !nowPackages.has(name))
        .map(([name, version]) => `${name} ${version}`),
      changed: [...nowPackages].flatMap(([name, version]) => {
        const before = thenPackages.get(name);
        return before === undefined || before === version ? [] : [{ name, from: before, to: version }];
      }),
    },
  };
}
