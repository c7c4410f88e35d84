import { isSeq, parseDocument, stringify } from 'yaml';
import { compareReleases } from '../../version/index.ts';
import { splitBuild } from '../data/version-text.ts';
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
 * taken off a list.
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
    if (known === undefined)
      changed.set(`channels/${channel}.yaml`, stringify({ name: channel, versions: additions.sort(inOrder) }));
    else changed.set(known.file, withVersions(files.get(known.file) ?? '', additions));
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

/** The text of a channel file with versions put in where OKD's order has them. */
function withVersions(text: string, additions: readonly string[]): string {
  const document = parseDocument(text);
  const versions = document.get('versions');
  if (!isSeq(versions)) return document.toString();
  for (const addition of additions) {
    const after = versions.items.findLastIndex((item) => inOrder(String(item), addition) < 0);
    versions.items.splice(after + 1, 0, document.createNode(addition));
  }
  return document.toString({ lineWidth: 0 });
}
