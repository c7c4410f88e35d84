import { parseSemver } from '../../version/index.ts';
import { LABEL, splitBuild } from '../data/index.ts';
import type { LintRule } from './types.ts';

const ARCHITECTURES = ['amd64', 'arm64', 'ppc64le', 's390x', 'multi'];

/** B1: Cincinnati keeps a conditional edge when its text contains the architecture's name. */
const architectureInVersion: LintRule = {
  id: 'B1-arch-in-version',
  title: 'A prerelease names an architecture: Cincinnati shows its conditional edges to that architecture too.',
  severity: 'warning',
  *check({ releases }) {
    for (const { version, arch } of releases) {
      const found = ARCHITECTURES.find((name) => name !== arch && splitBuild(version).core.includes(name));
      if (found !== undefined)
        yield {
          file: `${version}+${arch}`,
          message: `Cincinnati shows conditional edges of ${version} to ${found}, too.`,
        };
    }
  },
};

/** B2: Cincinnati removes the edge on all architectures, and shows the risk on one. */
const riskForOneArchitecture: LintRule = {
  id: 'B2-risk-arch',
  title: 'A risk names an architecture: Cincinnati removes the update from the others without a word.',
  severity: 'error',
  *check({ data }) {
    for (const { file, to, risk } of data.blocked)
      if (risk !== undefined && splitBuild(to).build !== '')
        yield {
          file,
          field: 'to',
          message: `"${to}" names an architecture; name it in "from" instead (…[+]${splitBuild(to).build}$).`,
        };
  },
};

/** B3: Cincinnati logs a file that it cannot read and goes on without it. */
const unreadable: LintRule = {
  id: 'B3-unreadable',
  title: 'A file cannot be read: Cincinnati would drop it, and recommend what it blocks.',
  severity: 'error',
  *check({ data }) {
    for (const { file, line, field, message } of data.problems)
      yield { file, message, ...(line === undefined ? {} : { line }), ...(field === undefined ? {} : { field }) };
  },
};

/** B4: one bad release fails the whole build of Cincinnati, which then serves the old graph for ever. */
const badRelease: LintRule = {
  id: 'B4-bad-release',
  title: 'A release contradicts the graph: Cincinnati would stop building; here it is quarantined.',
  severity: 'error',
  *check({ compiled, data }) {
    const own = new Set(data.problems);
    for (const problem of compiled.problems)
      if (problem.severity === 'error' && !own.has(problem))
        yield {
          file: problem.file,
          message: problem.message,
          ...(problem.field === undefined ? {} : { field: problem.field }),
        };
  },
};

/** B5: each silent block replaces `previous.remove_regex`, whoever wrote it. */
const overwrittenBlock: LintRule = {
  id: 'B5-overwritten-block',
  title: 'Two silent blocks for one target, or one and a label: Cincinnati keeps the last and loses the other.',
  severity: 'error',
  *check({ data, releases }) {
    const silent = data.blocked.filter(({ risk }) => risk === undefined);
    for (const [to, list] of Map.groupBy(silent, (edge) => edge.to))
      for (const { file } of list.slice(1))
        yield { file, field: 'to', message: `${list[0]?.file} blocks updates to ${to} too; put both into one file.` };
    for (const { version, arch, metadata } of releases) {
      const label = metadata[LABEL.previousRemoveRegex];
      const block = silent.find(({ to }) => splitBuild(to).core === version);
      if (label !== undefined && block !== undefined)
        yield { file: block.file, message: `it replaces the label of ${version}+${arch}: "${label}".` };
    }
  },
};

/** B6: Cincinnati panics when it sorts channels and one has no dash. */
const channelWithoutDash: LintRule = {
  id: 'B6-channel-dash',
  title: 'A channel without a dash beside another one on a release stops Cincinnati.',
  severity: 'error',
  *check({ data }) {
    for (const { name, file, versions } of data.channels) {
      if (name.includes('-')) continue;
      const shared = data.channels.find(
        (other) => other.name !== name && other.versions.some((version) => versions.includes(version)),
      );
      if (shared !== undefined)
        yield { file, field: 'name', message: `"${name}" has no dash, and ${shared.name} lists a release of it too.` };
    }
  },
};

/** B10, B11: versions that API descriptions and release-controllers do not take. */
const minorWithoutChannelSuffix: LintRule = {
  id: 'B11-channel-suffix',
  title: 'A channel whose name does not end in -X.Y: oc-mirror and assisted installation cannot do their sums on it.',
  severity: 'warning',
  *check({ data }) {
    for (const { name, file } of data.channels)
      if (!/-\d+\.\d+$/.test(name) && !/-\d+$/.test(name))
        yield { file, field: 'name', message: `"${name}" does not end in a minor such as -4.22.` };
  },
};

/** `5.0` is not `5.0.0`: what clusters refuse as a whole. */
const strictVersions: LintRule = {
  id: 'I1-version',
  title: 'A version that is not strict SemVer makes clusters refuse the whole answer.',
  severity: 'error',
  *check({ releases }) {
    for (const { version, arch } of releases) {
      try {
        parseSemver(version);
      } catch {
        yield { file: `${version}+${arch}`, message: `"${version}" is not a semantic version.` }; // what is looked for
      }
    }
  },
};

export const UPSTREAM_RULES: readonly LintRule[] = [
  architectureInVersion,
  riskForOneArchitecture,
  unreadable,
  badRelease,
  overwrittenBlock,
  channelWithoutDash,
  minorWithoutChannelSuffix,
  strictVersions,
];
