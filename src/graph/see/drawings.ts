import type { CompiledGraph, CompiledNode } from '../types.ts';
import { badgeSvg } from './badge.ts';
import { lanesSvg } from './lanes.ts';
import { matrixHtml } from './matrix.ts';
import { timelineSvg } from './timeline.ts';

/** The channel a release is best looked at in: stable before fast before the rest, the newest minor first. */
export function homeChannel({ channels }: Pick<CompiledNode, 'channels'>): string | undefined {
  const rank = (name: string): number => ['stable', 'eus', 'fast'].findIndex((kind) => name.startsWith(kind)) + 1 || 9;
  return channels.toSorted((a, b) => rank(a) - rank(b) || (a < b ? 1 : -1))[0];
}

/** Every drawing of an architecture, by path; made at compile time, so that a plain host can serve them. */
export function* drawings(compiled: CompiledGraph, arch: string): Generator<readonly [path: string, text: string]> {
  for (const channel of compiled.channels) {
    yield [`see/${arch}/${channel}/matrix.html`, matrixHtml(compiled, { channel, arch })];
    yield [`see/${arch}/${channel}/timeline.svg`, timelineSvg(compiled, { channel, arch })];
  }
  for (const node of compiled.architectures.get(arch)?.nodes ?? []) {
    const channel = homeChannel(node);
    if (channel === undefined) continue;
    yield [`see/${arch}/from/${node.version}.svg`, lanesSvg(compiled, node.version, { channel, arch })];
    yield [`badge/${arch}/${node.version}.svg`, badgeSvg(compiled, node.version, { channel, arch })];
  }
}
