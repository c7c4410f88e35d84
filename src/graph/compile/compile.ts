import { compareSemver, isSemver, parseSemver } from '../../version/index.ts';
import { items, joinedLabels, LABEL, sortChannels } from '../data/labels.ts';
import { splitBuild } from '../data/version-text.ts';
import { compileRegex, type Matcher } from '../regex/matcher.ts';
import type { ArchGraph, CompiledGraph, CompiledNode, GraphData, GraphProblem, GraphRelease } from '../types.ts';
import { blocksOf, removeExpression } from './blocks.ts';
import { cycleClosingEdges } from './cycles.ts';
import { edgeFates } from './fates.ts';

type Report = (problem: GraphProblem) => void;

/**
 * Joins releases and graph-data to the graph of every architecture (update-graph § 2.4, the declarative definition):
 * an edge exists when an image or a label declares it and both ends are known; a risk makes a declared edge
 * conditional, a silent block or a `remove` label takes it away. Pure and deterministic: the order of the releases does
 * not matter, but that of two of the same version and architecture, of which the first counts.
 *
 * What cannot be right is left out and reported, and the rest is published (§ 2.6): an edge that closes a cycle, a
 * second payload for a version, an unknown reference. Throws `GRAPH_REGEX` for an image's own expression that does not
 * compile.
 */
export function compileGraph(data: GraphData, releases: readonly GraphRelease[]): CompiledGraph {
  const problems: GraphProblem[] = [...data.problems];
  const report: Report = (problem) => problems.push(problem);
  const matchers = new Map<string, Matcher>();
  const regex = (source: string): Matcher => {
    const matcher = matchers.get(source) ?? compileRegex(source);
    matchers.set(source, matcher);
    return matcher;
  };
  const byArch = Map.groupBy(admit(releases, report), (release) => release.arch);
  const architectures = new Map(
    [...byArch]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([arch, members]) => [arch, compileArch(arch, members, data, regex, report)] as const),
  );
  const carried = [...architectures.values()].flatMap((graph) => graph.nodes.flatMap((node) => node.channels));
  return {
    architectures,
    channels: [...new Set([...data.channels.map((channel) => channel.name), ...carried])].sort(),
    problems,
  };
}

/** Releases that can be nodes: strict SemVer, one payload for each version and architecture. */
function admit(releases: readonly GraphRelease[], report: Report): GraphRelease[] {
  const known = new Map<string, GraphRelease>();
  for (const release of releases) {
    const file = `${release.version}+${release.arch}`;
    if (!isSemver(release.version) || release.version.includes('+')) {
      // one such node and a cluster refuses the whole answer (§ 6.1)
      report({ severity: 'error', file, message: `"${release.version}" is not a semantic version without build.` });
      continue;
    }
    const twin = known.get(file);
    if (twin === undefined) known.set(file, release);
    else if (twin.payload !== release.payload)
      report({
        severity: 'error',
        file,
        message: `a second payload, ${release.payload}, claims this version; ${twin.payload} came first and stays.`,
      });
  }
  return [...known.values()];
}

interface Member {
  readonly release: GraphRelease;
  /** Of the image and of `raw/metadata.json`, joined. */
  readonly labels: Readonly<Record<string, string>>;
}

function compileArch(
  arch: string,
  releases: readonly GraphRelease[],
  data: GraphData,
  regex: (source: string) => Matcher,
  report: Report,
): ArchGraph {
  const members = releases
    .map((release) => ({ release, semver: parseSemver(release.version), labels: joinedLabels(release, data.raw) }))
    .sort((a, b) => compareSemver(a.semver, b.semver));
  const blocks = blocksOf(data.blocked, arch);
  const listed = listings(data, arch);
  const nodes = members.map(({ release, labels }): CompiledNode => {
    const channels = sortChannels([...items(labels[LABEL.channels]), ...(listed.get(release.version) ?? [])]);
    const expression = removeExpression(labels, blocks.get(release.version) ?? []);
    const { [LABEL.arch]: _arch, [LABEL.channels]: _channels, ...others } = labels;
    const metadata = {
      ...others,
      ...(expression === undefined ? {} : { [LABEL.previousRemoveRegex]: expression }),
      ...(channels.length === 0 ? {} : { [LABEL.channels]: channels.join(',') }),
    };
    return {
      version: release.version,
      arch,
      payload: release.payload,
      channels,
      metadata: Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  });
  const index = new Map(nodes.map((node, position) => [node.version, position]));
  const targets = declaredEdges(members, index, arch, report);
  const parents = targets.map((): number[] => []);
  targets.forEach((list, from) => {
    for (const to of list) parents[to]?.push(from);
  });
  const fates = edgeFates(
    {
      arch,
      versions: nodes.map((node) => node.version),
      labels: members.map((member) => member.labels),
      index,
      targets,
      parents,
    },
    { blocks, problems: data.problems, regex },
  );
  return { arch, nodes, index, targets, fates };
}

/** The channels that list a version, for one architecture. */
function listings(data: GraphData, arch: string): ReadonlyMap<string, readonly string[]> {
  const listed = new Map<string, string[]>();
  for (const channel of data.channels) {
    for (const version of channel.versions) {
      const { core, build } = splitBuild(version);
      if (build !== '' && build !== arch) continue;
      const names = listed.get(core) ?? [];
      listed.set(core, names);
      names.push(channel.name);
    }
  }
  return listed;
}

/** The declared edges: from `previous`, `next` and the `add` labels, both ends known, no cycle. */
function declaredEdges(
  members: readonly Member[],
  index: ReadonlyMap<string, number>,
  arch: string,
  report: Report,
): number[][] {
  const edges = members.map(() => new Set<number>());
  members.forEach(({ release, labels }, self) => {
    const declare = (names: readonly string[], field: string, link: (other: number) => [number, number]): void => {
      for (const name of new Set(names)) {
        const { core, build } = splitBuild(name);
        const other = build === '' || build === arch ? index.get(core) : undefined;
        if (other === undefined) {
          const message = `"${name}" is not among the releases of ${arch}.`;
          report({ severity: 'note', file: `${release.version}+${arch}`, field, message });
          continue;
        }
        const [from, to] = link(other);
        edges[from]?.add(to);
      }
    };
    declare(release.previous, 'previous', (other) => [other, self]);
    declare(items(labels[LABEL.previousAdd]), LABEL.previousAdd, (other) => [other, self]);
    declare(release.next, 'next', (other) => [self, other]);
    declare(items(labels[LABEL.nextAdd]), LABEL.nextAdd, (other) => [self, other]);
  });
  const versions = members.map(({ release }) => release.version);
  for (const [from, to] of cycleClosingEdges(versions, edges)) {
    edges[from]?.delete(to);
    report({
      severity: 'error',
      file: `${versions[to]}+${arch}`,
      field: 'previous',
      message:
        from === to
          ? 'the release names itself as an update; this edge is left out.'
          : `the update from ${versions[from]} closes a cycle; this edge is left out.`,
    });
  }
  return edges.map((set) => [...set].sort((a, b) => a - b));
}
