import { explainFrom, isOffered } from '../explain/index.ts';
import type { CompiledGraph, GraphQuery } from '../types.ts';
import { escapeXml } from './draw.ts';

/** A badge for one release: how many updates lead on, and whether one of them is plain. */
export function badgeSvg(compiled: CompiledGraph, version: string, query: GraphQuery): string {
  const updates = explainFrom(compiled, version, query);
  const plain = updates.filter(({ code }) => code === 'Recommended').length;
  const offered = updates.filter(({ code }) => isOffered(code)).length;
  const inChannel = updates.filter(({ code }) => code !== 'TargetNotInChannel' && code !== 'PreReleaseOnly').length;
  const [text, colour] =
    inChannel === 0
      ? ['newest', '#166534']
      : plain > 0
        ? [`${plain} update${plain === 1 ? '' : 's'}`, '#166534']
        : offered > 0
          ? [`${offered} with a warning`, '#92400e']
          : ['no update', '#991b1b'];
  const wide = (label: string): number => Math.round(label.length * 6.7) + 14;
  const [left, right] = [wide(version), wide(text)];
  const title = `${version}: ${text} in ${query.channel}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${escapeXml(title)}"><title>${escapeXml(title)}</title><rect width="${left + right}" height="20" rx="3" fill="#374151"/><rect x="${left}" width="${right}" height="20" rx="3" fill="${colour}"/><g fill="#fff" font-family="Verdana,sans-serif" font-size="11"><text x="7" y="14">${escapeXml(version)}</text><text x="${left + 7}" y="14">${escapeXml(text)}</text></g></svg>
`;
}
