import { compareReleases, compareSemver, contains, isSemver, parseSemver } from '../../version/index.ts';
import { answerGraph } from '../answer/index.ts';
import { checkAnswer, lossesOf } from '../client/index.ts';
import { splitBuild } from '../data/index.ts';
import { compileRegex } from '../regex/index.ts';
import type { ArchGraph, BlockedEdge } from '../types.ts';
import type { LintContext, LintRule } from './types.ts';

/** Declared sources of a target that a pattern matches, of all architectures, as `version+arch`. */
function matched(edge: BlockedEdge, context: LintContext): string[] {
  const matches = compileRegex(edge.from);
  return sourcesOf(edge, context).filter((source) => matches(source));
}

const parentLists = new WeakMap<ArchGraph, ReadonlyMap<number, readonly string[]>>();

function parentsOf(graph: ArchGraph): ReadonlyMap<number, readonly string[]> {
  const known = parentLists.get(graph);
  if (known !== undefined) return known;
  const parents = new Map<number, string[]>();
  graph.targets.forEach((list, from) => {
    for (const to of list) {
      const names = parents.get(to) ?? [];
      parents.set(to, names);
      names.push(`${graph.nodes[from]?.version}+${graph.arch}`);
    }
  });
  parentLists.set(graph, parents);
  return parents;
}

function sourcesOf({ to }: BlockedEdge, { compiled }: LintContext): string[] {
  const { core, build } = splitBuild(to);
  return [...compiled.architectures.values()].flatMap((graph) => {
    if (build !== '' && build !== graph.arch) return [];
    return parentsOf(graph).get(graph.index.get(core) ?? -1) ?? [];
  });
}

const deadBlock: LintRule = {
  id: 'dead-block',
  title: 'A blocked edge matches no update that is declared: dead weight, or a pattern that is wrong.',
  severity: 'warning',
  *check(context) {
    for (const edge of context.data.blocked)
      if (matched(edge, context).length === 0)
        yield {
          file: edge.file,
          field: 'from',
          message: `"${edge.from}" matches no release that ${edge.to} can be reached from.`,
        };
  },
};

const strayBracket: LintRule = {
  id: 'stray-bracket',
  title: 'A "]" that closes nothing, as in the five files of production that write "50])" for "50)".',
  severity: 'error',
  *check({ data }) {
    for (const { file, from } of data.blocked)
      if (hasStrayBracket(from))
        yield {
          file,
          field: 'from',
          message: `"${from}" has a "]" that closes nothing, so it asks for that character.`,
        };
  },
};

function hasStrayBracket(pattern: string): boolean {
  let inside = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '\\') at++;
    else if (char === '[' && !inside) {
      inside = true;
      // a "]" that comes first in a class is part of it
      if (pattern[at + 1] === '^') at++;
      if (pattern[at + 1] === ']') at++;
    } else if (char === ']') {
      if (!inside) return true;
      inside = false;
    }
  }
  return false;
}

const hole: LintRule = {
  id: 'hole',
  title: 'A pattern matches older and newer releases of a minor, and leaves one between them out.',
  severity: 'warning',
  *check(context) {
    for (const edge of context.data.blocked) {
      const matches = compileRegex(edge.from);
      const sources = sourcesOf(edge, context).map((text) => ({ text, ...splitBuild(text) }));
      const lines = Map.groupBy(sources, ({ core, build }) => `${core.split('.', 2).join('.')} ${build}`);
      for (const list of lines.values()) {
        const sorted = list.toSorted((a, b) => compareReleases(a.core, b.core));
        const hits = sorted.map(({ text }) => matches(text));
        const [first, last] = [hits.indexOf(true), hits.lastIndexOf(true)];
        const missing = sorted.filter((_, at) => at > first && at < last && !hits[at]);
        if (first !== -1 && missing.length > 0)
          yield {
            file: edge.file,
            field: 'from',
            message: `it matches ${sorted[first]?.core} and ${sorted[last]?.core}, but not ${missing.map(({ core }) => core).join(', ')}.`,
          };
      }
    }
  },
};

const unanchored: LintRule = {
  id: 'unanchored',
  title: 'A pattern that is not anchored also matches longer versions: 4[.]9[.]1 is in 4.9.10 and 14.9.1.',
  severity: 'warning',
  *check({ data }) {
    for (const { file, from } of data.blocked) {
      if (from === '.*' || /\.\*\$?$/.test(from) || /[$+\]]$/.test(from)) continue;
      yield { file, field: 'from', message: `"${from}" is open at its end; close it by "[+].*$" or "$".` };
    }
  },
};

const riskEnds: LintRule = {
  id: 'risk-ends',
  title: 'A risk stops at a patch release without "fixedIn": forgotten for the next one, or fixed and not said.',
  severity: 'warning',
  *check({ data, compiled }) {
    const risks = data.blocked.filter((edge) => edge.risk !== undefined);
    const known = [...compiled.architectures.values()].flatMap((graph) => graph.nodes.map((node) => node.version));
    const all = [...new Set(known)].sort(compareReleases);
    for (const list of Map.groupBy(risks, (edge) => edge.risk?.name).values()) {
      const targets = new Set(list.map(({ to }) => splitBuild(to).core));
      for (const { file, to, fixedIn, risk } of list) {
        const { core } = splitBuild(to);
        const next = all.slice(all.indexOf(core) + 1).find((version) => sameMinor(version, core));
        if (!all.includes(core) || next === undefined || targets.has(next)) continue;
        if (fixedIn === undefined || compareSemver(parseSemver(fixedIn), parseSemver(next)) > 0)
          yield { file, field: 'fixedIn', message: `${risk?.name} is declared for ${core} and not for ${next}.` };
      }
    }
  },
};

function sameMinor(a: string, b: string): boolean {
  return a.split('.', 2).join('.') === b.split('.', 2).join('.');
}

const unknownVersion: LintRule = {
  id: 'unknown-version',
  title: 'A channel lists a release that is not known.',
  severity: 'warning',
  *check({ data, compiled }) {
    const graphs = [...compiled.architectures.values()];
    for (const { file, versions } of data.channels)
      for (const [at, version] of versions.entries()) {
        const { core, build } = splitBuild(version);
        const found = graphs.some((graph) => (build === '' || build === graph.arch) && graph.index.has(core));
        if (!found) yield { file, field: `versions.${at}`, message: `${version} is not among the releases.` };
      }
  },
};

const subset: LintRule = {
  id: 'channel-subset',
  title: 'What is stable must be in fast, and what is in fast must be a candidate (graph-data’s own test).',
  severity: 'warning',
  *check({ data }) {
    const byName = new Map(data.channels.map((channel) => [channel.name, channel]));
    for (const [narrow, wide] of [
      ['stable', 'fast'],
      ['fast', 'candidate'],
    ] as const)
      for (const { name, file, versions } of data.channels) {
        const other = name.startsWith(`${narrow}-`) ? byName.get(name.replace(narrow, wide)) : undefined;
        const missing = other === undefined ? [] : versions.filter((version) => !other.versions.includes(version));
        if (missing.length > 0) yield { file, message: `${missing.join(', ')} is not in ${other?.name}.` };
      }
  },
};

const references: LintRule = {
  id: 'okd-references',
  title: 'A file of okd/ names a release that is not known, or a range that nothing is in.',
  severity: 'warning',
  *check({ data: { okd }, compiled }) {
    if (okd === undefined) return;
    const versions = new Set([...compiled.architectures.values()].flatMap((graph) => [...graph.index.keys()]));
    for (const [file, list] of [
      ['okd/barriers.yaml', okd.barriers],
      ['okd/deadends.yaml', okd.deadends],
    ] as const)
      for (const { version } of list)
        if (!versions.has(version)) yield { file, message: `${version} is not among the releases.` };
    const all = [...versions].filter(isSemver);
    for (const { file, risk, to, from } of okd.risks)
      for (const range of [to, from])
        if (!all.some((version) => contains(range, version)))
          yield { file, message: `${risk.name}: no release is in "${range.text}".` };
    for (const { file, to, from } of okd.sources)
      for (const range of [to, ...from])
        if (!all.some((version) => contains(range, version)))
          yield { file, message: `no release is in "${range.text}".` };
  },
};

const invariants: LintRule = {
  id: 'invariants',
  title: 'An answer breaks an invariant that clusters rely on (I1–I14), or a cluster would drop part of it.',
  severity: 'error',
  *check({ compiled }) {
    for (const arch of compiled.architectures.keys())
      for (const channel of compiled.channels) {
        const answer = answerGraph(compiled, { channel, arch });
        const file = `graph/${arch}/${channel}.json`;
        // I9 is the stricter pattern of names; clusters take the others too
        for (const { id, message } of checkAnswer(answer)) if (id !== 'I9') yield { file, field: id, message };
        for (const message of lossesOf(answer)) yield { file, message };
      }
  },
};

const riskNames: LintRule = {
  id: 'I9-risk-name',
  title: 'A risk’s name is an API (clusters accept risks by name): letters and digits, a capital first.',
  severity: 'warning',
  *check({ data }) {
    const seen = new Set<string>();
    for (const { file, risk } of data.blocked) {
      if (risk === undefined || seen.has(risk.name)) continue;
      seen.add(risk.name);
      if (!/^[A-Z][A-Za-z0-9]{0,99}$/.test(risk.name))
        yield { file, field: 'name', message: `"${risk.name}" is not like CamelCase.` };
    }
  },
};

export const CONTENT_RULES: readonly LintRule[] = [
  deadBlock,
  strayBracket,
  hole,
  unanchored,
  riskEnds,
  unknownVersion,
  subset,
  references,
  invariants,
  riskNames,
];
