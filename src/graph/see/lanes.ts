import { compareReleases, rankVersion } from '../../version/index.ts';
import { explainFrom } from '../explain/index.ts';
import { planPaths } from '../plan/index.ts';
import type { CompiledGraph, GraphQuery } from '../types.ts';
import { escapeXml, svgDocument } from './draw.ts';
import { toneOf } from './tones.ts';

const ROW = 34;
const BOX = 250;
const LEFT = 90;
/** Newest of each minor; the rest is counted. */
const SHOWN = 8;

/**
 * "From my version": the releases that are newer, in lanes by minor, each with what becomes of the update; above them
 * the best path to the newest (update-graph § 8.8).
 */
export function lanesSvg(compiled: CompiledGraph, from: string, query: GraphQuery): string {
  const updates = explainFrom(compiled, from, query).filter(({ code }) => code !== 'TargetNotInChannel');
  const byMinor = Map.groupBy(updates, ({ to }) => minorOf(to));
  const newest = updates.find(({ code }) => code !== 'PreReleaseOnly')?.to;
  const [plan] =
    newest === undefined
      ? []
      : planPaths(compiled, { from, to: newest, arch: query.arch, channels: [query.channel], count: 1 });
  const path = plan === undefined ? [] : [from, ...plan.hops.map((hop) => hop.to)];
  let y = 76;
  const parts: string[] = [
    `<text class="minor" x="16" y="26">From ${escapeXml(from)} in ${escapeXml(query.channel)}</text>`,
    `<text class="small" x="16" y="48">${path.length === 0 ? 'No path to a newer release.' : `Best path: ${path.map(escapeXml).join(' → ')}`}</text>`,
  ];
  const width = LEFT + 2 * BOX + 60;
  for (const [minor, list] of byMinor) {
    const shown = list.slice(0, SHOWN);
    const rows = Math.ceil(shown.length / 2);
    const height = rows * ROW + (list.length > SHOWN ? 38 : 20);
    parts.push(`<rect class="lane" x="8" y="${y - 8}" width="${width - 16}" height="${height}" rx="8"/>`);
    parts.push(`<text class="minor" x="20" y="${y + 18}">${escapeXml(minor)}</text>`);
    shown.forEach(({ to, code }, at) => {
      const [x, top] = [LEFT + (at % 2) * (BOX + 16), y + Math.floor(at / 2) * ROW];
      const { name, sign } = toneOf(code);
      parts.push(
        `<g><title>${escapeXml(`${to}: ${code}`)}</title><rect class="${name}" x="${x}" y="${top}" width="${BOX}" height="26" rx="5"/>` +
          `<text x="${x + 8}" y="${top + 17}">${sign} ${escapeXml(to)}</text><text class="small" x="${x + BOX - 6}" y="${top + 17}" text-anchor="end">${path.includes(to) ? '→ ' : ''}${escapeXml(short(code))}</text></g>`,
      );
    });
    if (list.length > SHOWN)
      parts.push(
        `<text class="small" x="${LEFT}" y="${y + rows * ROW + 14}">and ${list.length - SHOWN} older ones</text>`,
      );
    y += height + 14;
  }
  const counts = Map.groupBy(updates, ({ code }) => code);
  const description =
    updates.length === 0
      ? 'Nothing newer is in this channel.'
      : [...counts].map(([code, list]) => `${code}: ${list.map(({ to }) => to).join(', ')}`).join('. ');
  return svgDocument(
    { width, height: y + 4, title: `Updates from ${from} in ${query.channel}`, description },
    parts.join('\n'),
  );
}

function short(code: string): string {
  return code === 'Recommended' ? 'ok' : code;
}

export function minorOf(version: string): string {
  return rankVersion(version).minor;
}

/** Releases of a channel, oldest first. */
export function releasesOf(compiled: CompiledGraph, { channel, arch }: GraphQuery): string[] {
  return (compiled.architectures.get(arch)?.nodes ?? [])
    .filter((node) => node.channels.includes(channel))
    .map((node) => node.version)
    .sort(compareReleases);
}
