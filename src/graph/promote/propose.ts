import { isSeq, stringify } from 'yaml';
import { SlipwayError } from '../../util/index.ts';
import { parseYamlDocument } from '../../util/yaml/index.ts';
import { compareReleases } from '../../version/index.ts';
import { splitBuild } from '../data/index.ts';
import type { CompiledGraph, GraphData, Promotion } from '../types.ts';

/** How releases stand before the gates of channels, of every architecture or one, and of every channel or one. */
export function listPromotions(
  { architectures }: CompiledGraph,
  only: { readonly channel?: string | undefined; readonly arch?: string | undefined } = {},
): readonly Promotion[] {
  return [...architectures.values()]
    .flatMap((graph) => graph.promotions)
    .filter(({ channel, arch }) => channel === (only.channel ?? channel) && arch === (only.arch ?? arch));
}

/**
 * The channel files that list what is through its gates: path -> text, those that change only. Comments and order of a
 * file stay; a release that is through on some of its architectures only is listed as `version+arch`. Nothing is ever
 * taken off a list. Throws `GRAPH_DATA_INVALID` with the file that can not take a version, rather than lose what is in
 * it or leave a version out.
 */
export function promotedFiles(
  files: ReadonlyMap<string, string>,
  data: GraphData,
  compiled: CompiledGraph,
  promotions: readonly Promotion[],
): Map<string, string> {
  const changed = new Map<string, string>();
  const ready = promotions.filter(({ state }) => state === 'ready');
  for (const [channel, list] of Map.groupBy(ready, (one) => one.channel)) {
    const known = data.channels.find(({ name }) => name === channel);
    const additions = [...Map.groupBy(list, ({ version }) => version)].flatMap(([version, ones]) =>
      entriesFor(
        version,
        ones.map(({ arch }) => arch),
        known?.versions ?? [],
        compiled,
      ),
    );
    if (additions.length === 0) continue;
    const file = known?.file ?? `channels/${channel}.yaml`;
    const text = files.get(file);
    if (known !== undefined && text !== undefined) changed.set(file, withVersions(file, text, additions));
    else changed.set(file, newFile(file, text, channel, additions));
  }
  return changed;
}

/** As graph-data lists them: plain, where the release is there on every architecture that it exists for. */
function entriesFor(
  version: string,
  archs: readonly string[],
  listed: readonly string[],
  { architectures }: CompiledGraph,
): string[] {
  const existing = [...architectures.values()].filter(({ index }) => index.has(version)).map(({ arch }) => arch);
  const partly = listed.some((entry) => splitBuild(entry).core === version);
  if (!partly && existing.every((arch) => archs.includes(arch))) return [version];
  return archs.map((arch) => `${version}+${arch}`);
}

function inOrder(a: string, b: string): number {
  const [x, y] = [splitBuild(a), splitBuild(b)];
  return compareReleases(x.core, y.core) || (x.build < y.build ? -1 : 1);
}

function newFile(file: string, existing: string | undefined, channel: string, versions: readonly string[]): string {
  if (existing !== undefined)
    throw new SlipwayError('GRAPH_DATA_INVALID', `the file for the channel ${channel} holds something else.`, {
      place: { file },
      hint: `Give it another name, or make a file with "name: ${channel}" and "versions: []".`,
    });
  return stringify({ name: channel, versions: versions.toSorted(inOrder) });
}

/** The text of a channel file with versions put in where OKD's order has them. */
function withVersions(file: string, text: string, additions: readonly string[]): string {
  const document = parseYamlDocument(text);
  const versions = document.get('versions');
  if (!isSeq(versions))
    throw new SlipwayError('GRAPH_DATA_INVALID', 'the versions are not written out here as a list of their own.', {
      place: { file, field: 'versions' },
      hint: `Write the list out in the place of the alias; ${additions.join(', ')} could not be put in.`,
    });
  for (const addition of additions) {
    const after = versions.items.findLastIndex((item) => inOrder(String(item), addition) < 0);
    versions.items.splice(after + 1, 0, document.createNode(addition));
  }
  return document.toString({ lineWidth: 0 });
}
