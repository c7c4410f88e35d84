import type { GraphData, GraphRelease } from '../types.ts';
import { splitBuild } from './version-text.ts';

const PREFIX = 'io.openshift.upgrades.graph.';

/** Labels that a release image or `raw/metadata.json` may carry (update-graph § 2.1). */
export const LABEL = {
  previousAdd: `${PREFIX}previous.add`,
  previousRemove: `${PREFIX}previous.remove`,
  previousRemoveRegex: `${PREFIX}previous.remove_regex`,
  nextAdd: `${PREFIX}next.add`,
  nextRemove: `${PREFIX}next.remove`,
  channels: `${PREFIX}release.channels`,
  arch: `${PREFIX}release.arch`,
} as const;

/** The items of a comma-separated label, trimmed, without empty ones. */
export function items(label: string | undefined): string[] {
  return (label ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The labels of a release with those of `raw/metadata.json` joined on (`existing,added`). */
export function joinedLabels(release: GraphRelease, raw: GraphData['raw']): Record<string, string> {
  const labels = { ...release.metadata };
  for (const key of [release.version, `${release.version}+${release.arch}`]) {
    for (const [name, value] of Object.entries(raw[key] ?? {}))
      labels[name] = labels[name] === undefined ? value : `${labels[name]},${value}`;
  }
  return labels;
}

/** Does `listed` (a version, perhaps with `+arch`) mean this release? */
export function means(listed: string, version: string, arch: string): boolean {
  const { core, build } = splitBuild(listed);
  return core === version && (build === '' || build === arch);
}

/** Cincinnati's order of channel names: by what follows the first dash, then by the whole name. */
export function sortChannels(names: Iterable<string>): string[] {
  const tail = (name: string): string => name.slice(name.indexOf('-') + 1);
  return [...new Set(names)].sort((a, b) => {
    const [x, y] = [tail(a), tail(b)];
    return x < y ? -1 : x > y ? 1 : a < b ? -1 : a > b ? 1 : 0;
  });
}
