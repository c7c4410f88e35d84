import type { CompiledGraph, GraphQuery } from '../types.ts';
import { escapeXml, svgDocument } from './draw.ts';
import { minorOf, releasesOf } from './lanes.ts';

const WIDTH = 960;
const LEFT = 90;
const LANE = 54;
const DAY_MS = 86_400_000;

/** The releases of a channel over time, a lane for each minor; those whose time is not known are counted. */
export function timelineSvg(compiled: CompiledGraph, query: GraphQuery): string {
  const graph = compiled.architectures.get(query.arch);
  const releases = releasesOf(compiled, query).map((version) => {
    const node = graph?.nodes[graph.index.get(version) ?? -1];
    return { version, minor: minorOf(version), time: Date.parse(node?.release.created ?? '') };
  });
  const dated = releases.filter(({ time }) => !Number.isNaN(time));
  const undated = releases.length - dated.length;
  const times = dated.map(({ time }) => time);
  const [first, last] = [Math.min(...times), Math.max(...times, Math.min(...times) + DAY_MS)];
  const place = (time: number): number => Math.round(LEFT + ((time - first) / (last - first)) * (WIDTH - LEFT - 40));
  const minors = [...new Set(dated.map(({ minor }) => minor))].reverse();
  const parts = minors.map((minor, at) => {
    const y = 48 + at * LANE;
    const dots = dated
      .filter((release) => release.minor === minor)
      .map(
        ({ version, time }) =>
          `<circle class="good" cx="${place(time)}" cy="${y + 22}" r="6"><title>${escapeXml(`${version}, ${day(time)}`)}</title></circle>`,
      );
    const newest = dated.findLast((release) => release.minor === minor);
    const label =
      newest === undefined
        ? ''
        : `<text class="small" x="${Math.min(place(newest.time), WIDTH - 30)}" y="${y + 8}" text-anchor="end">${escapeXml(newest.version)}</text>`;
    return `<rect class="lane" x="8" y="${y - 8}" width="${WIDTH - 16}" height="${LANE - 8}" rx="8"/><text class="minor" x="20" y="${y + 26}">${escapeXml(minor)}</text>${label}${dots.join('')}`;
  });
  const height = 48 + minors.length * LANE + 28;
  const span = dated.length === 0 ? '' : `${day(first)} to ${day(Math.max(...times))}`;
  const notes = [span, undated === 0 ? '' : `${undated} releases without a known date`]
    .filter((text) => text !== '')
    .join('; ');
  return svgDocument(
    {
      width: WIDTH,
      height,
      title: `Releases of ${query.channel} over time`,
      description:
        dated.map(({ version, time }) => `${version}: ${day(time)}`).join(', ') || 'No release has a known date.',
    },
    [
      `<text class="minor" x="16" y="26">${escapeXml(query.channel)}</text>`,
      ...parts,
      `<text class="small" x="16" y="${height - 10}">${escapeXml(notes)}</text>`,
    ].join('\n'),
  );
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
