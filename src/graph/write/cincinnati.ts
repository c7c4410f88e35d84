import { stringify } from 'yaml';
import { writeLayer } from '../../oci/index.ts';
import { prettyJson } from '../../util/index.ts';
import { compareReleases, rankVersion } from '../../version/index.ts';
import { exactly, overrideRisk, sourceEdges } from '../compile/index.ts';
import { emptyOkd, items, LABEL, splitBuild } from '../data/index.ts';
import type { OkdData } from '../okd.ts';
import type { ArchGraph, CompiledGraph, GraphData, Risk } from '../types.ts';
import { entriesOf } from './image.ts';

/**
 * Graph-data that unmodified Cincinnati reads to the same graph: what `okd/` and the test evidence rule is written out
 * as channels, `raw/metadata.json` and blocked edges. Cincinnati knows one truth for all channels, so an update that
 * nobody has tested is conditional in candidate channels too. Path -> text; without `okd/` the files as they are.
 */
export function cincinnatiFiles(
  files: ReadonlyMap<string, string>,
  data: GraphData,
  compiled: CompiledGraph,
): Map<string, string> {
  const { okd } = data;
  const kept = new Map([...files].filter(([path]) => !path.startsWith('okd/')));
  if (okd === undefined) return kept;
  writeChannels(kept, data, compiled);
  writeSources(kept, data, okd, compiled);
  writeBlocks(kept, data, compiled);
  return new Map([...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Graph-data of a graph that was compiled from a ledger: its channels and blocks, for whoever runs Cincinnati. */
export function graphDataArchive(compiled: CompiledGraph): Uint8Array {
  const data: GraphData = {
    schema: '1.1.0',
    channels: [],
    blocked: [],
    raw: {},
    okd: compiled.okd ?? emptyOkd(),
    problems: [],
  };
  const files = cincinnatiFiles(new Map([['version', `${data.schema}\n`]]), data, compiled);
  return writeLayer(entriesOf(files)).bytes;
}

/** Channels whose files say something else than the compiled graph, and the aliases, are written anew. */
function writeChannels(files: Map<string, string>, data: GraphData, { architectures, channels }: CompiledGraph): void {
  const graphs = [...architectures.values()];
  for (const name of channels) {
    const file = data.channels.find((channel) => channel.name === name);
    const members = new Map<string, string[]>();
    for (const graph of graphs)
      for (const node of graph.nodes)
        if (node.channels.includes(name)) members.set(node.version, [...(members.get(node.version) ?? []), graph.arch]);
    const versions = [...members]
      .sort(([a], [b]) => compareReleases(a, b))
      .flatMap(([version, archs]) =>
        graphs.every((graph) => !graph.index.has(version) || archs.includes(graph.arch))
          ? [version]
          : archs.map((arch) => `${version}+${arch}`),
      );
    const same = file?.versions.every((version) => members.has(splitBuild(version).core)) === true;
    if (same && file.versions.length === versions.length) continue;
    if (versions.length === 0 && file === undefined) continue;
    files.set(file?.file ?? `channels/${name}.yaml`, stringify({ name, versions }));
  }
}

/** Updates that `okd/sources.yaml` declares, as `previous.add`. */
function writeSources(
  files: Map<string, string>,
  data: GraphData,
  okd: OkdData,
  { architectures }: CompiledGraph,
): void {
  const added = new Map<string, Set<string>>();
  for (const graph of architectures.values()) {
    const ranks = graph.nodes.map((node) => rankVersion(node.version));
    for (const [from, to] of sourceEdges(okd, ranks)) {
      const [source, target] = [graph.nodes[from], graph.nodes[to]];
      // not what was quarantined, nor what the image says itself
      if (source === undefined || target === undefined || !graph.targets[from]?.includes(to)) continue;
      if (target.release.previous.includes(source.version)) continue;
      const list = added.get(target.version) ?? new Set();
      added.set(target.version, list);
      list.add(source.version);
    }
  }
  if (added.size === 0) return;
  const raw: Record<string, Record<string, string>> = Object.fromEntries(
    Object.entries(data.raw).map(([version, labels]) => [version, { ...labels }]),
  );
  for (const [version, list] of added) {
    const labels = raw[version] ?? {};
    const known = items(labels[LABEL.previousAdd]);
    raw[version] = {
      ...labels,
      [LABEL.previousAdd]: [...new Set([...known, ...list])].sort(compareReleases).join(','),
    };
  }
  files.set('raw/metadata.json', prettyJson(raw));
}

interface TargetBlocks {
  /** Sources that are led nowhere, by architecture. */
  readonly silent: Map<string, string[]>;
  readonly risks: Map<string, { readonly risk: Risk; readonly from: Map<string, string[]> }>;
  touched: boolean;
}

/**
 * Blocked edges of the targets that `okd/` or a grade touches. All files of such a target are replaced: Cincinnati
 * keeps only one silent block for each, and lets a risk of one file undo what another file takes away.
 */
function writeBlocks(files: Map<string, string>, data: GraphData, { architectures }: CompiledGraph): void {
  const generated = new Set(data.okd?.risks.map(({ risk }) => risk.name));
  for (const { nodes } of architectures.values())
    for (const { release } of nodes) {
      const risk = data.okd === undefined ? undefined : overrideRisk(release, data.okd);
      if (risk !== undefined) generated.add(risk.name);
    }
  const blocks = new Map<string, TargetBlocks>();
  for (const graph of architectures.values()) collect(graph, generated, blocks, data.blocked.length === 0);
  for (const [target, { silent, risks, touched }] of [...blocks].sort(([a], [b]) => compareReleases(a, b))) {
    if (!touched) continue;
    for (const { file, to } of data.blocked) if (splitBuild(to).core === target) files.delete(file);
    if (silent.size > 0) files.set(`blocked-edges/${target}.yaml`, stringify({ to: target, from: patternOf(silent) }));
    for (const [name, { risk, from }] of [...risks].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { url, message, matchingRules } = risk;
      const text = stringify(
        { to: target, from: patternOf(from), url, name, message, matchingRules },
        { lineWidth: 0 },
      );
      files.set(`blocked-edges/${target}-${name}.yaml`, text);
    }
  }
}

function collect(
  graph: ArchGraph,
  generated: ReadonlySet<string>,
  blocks: Map<string, TargetBlocks>,
  generatedOnly: boolean,
): void {
  graph.targets.forEach((list, from) => {
    const source = graph.nodes[from]?.version ?? '';
    for (const to of list) {
      const target = graph.nodes[to]?.version ?? '';
      const key = from * graph.nodes.length + to;
      const fate = graph.fates.get(key);
      const risk = graph.grades.get(key)?.risk;
      const block: TargetBlocks = blocks.get(target) ?? { silent: new Map(), risks: new Map(), touched: false };
      blocks.set(target, block);
      if (fate !== undefined && fate.kind !== 'conditional') {
        push(block.silent, graph.arch, source);
        if (generatedOnly || (fate.kind !== 'blocked' && fate.kind !== 'removed')) block.touched = true;
        continue;
      }
      if (
        risk !== undefined ||
        (generatedOnly && fate !== undefined) ||
        fate?.risks.some(({ name }) => generated.has(name))
      )
        block.touched = true;
      for (const one of [...(fate?.risks ?? []), ...(risk === undefined ? [] : [risk])]) {
        const entry = block.risks.get(one.name) ?? { risk: one, from: new Map<string, string[]>() };
        block.risks.set(one.name, entry);
        push(entry.from, graph.arch, source);
      }
    }
  });
}

function push(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key) ?? [];
  map.set(key, list);
  list.push(value);
}

/** Exactly these sources, each of its own architecture. */
function patternOf(from: ReadonlyMap<string, readonly string[]>): string {
  return [...from].map(([arch, versions]) => exactly(versions, arch)).join('|');
}
