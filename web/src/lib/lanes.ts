import { compareReleases } from '../../../src/version/index.ts';
import type { ChannelView } from './types.ts';

/**
 * Places the update graph of a channel: one lane for each minor version, newest on top, time from left to right.
 * An update that stays in its lane and skips releases arcs above it; one that changes lanes swings over. Pure.
 */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly { readonly minor: string; readonly y: number }[];
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface PlacedNode {
  readonly version: string;
  /** The version in two lines: "4.21.0" and "okd-scos.0". */
  readonly lines: readonly [string, string];
  /** Left upper corner. */
  readonly x: number;
  readonly y: number;
}

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly conditional: boolean;
  /** SVG path from the right side (or top) of one node to the left side (or top) of the other. */
  readonly path: string;
}

export const NODE_HEIGHT = 52;
const MARGIN = 16;
const LABEL = 64;
const COLUMN_GAP = 56;
const LANE_GAP = 44;
const ARC = 16;

export function splitVersion(version: string): readonly [string, string] {
  const dash = version.indexOf('-');
  return dash === -1 ? [version, ''] : [version.slice(0, dash), version.slice(dash + 1)];
}

/** Width of all nodes, by the longest second line (12 px monospace is 7.3 px a character). */
export function nodeWidth(nodes: readonly { readonly version: string }[]): number {
  const longest = Math.max(
    0,
    ...nodes.map(({ version }) => Math.max(...splitVersion(version).map((line) => line.length))),
  );
  return Math.round(Math.max(116, 52 + longest * 7.3));
}

interface Sortable {
  readonly version: string;
  readonly minor: string;
}

function sortVersions(nodes: ChannelView['nodes']): Sortable[] {
  return nodes
    .map(({ version }) => ({ version, minor: version.split('.', 2).join('.') }))
    .sort((a, b) => compareReleases(a.version, b.version));
}

/** Column of each node: right of everything it can be reached from and of everything older in its lane. */
function columnsOf(sorted: readonly Sortable[], edges: ChannelView['edges']): Map<string, number> {
  const columns = new Map<string, number>();
  const lastInLane = new Map<string, number>();
  for (const { version, minor } of sorted) {
    const before = edges.filter((edge) => edge.to === version).map((edge) => columns.get(edge.from) ?? -1);
    const column = Math.max(-1, lastInLane.get(minor) ?? -1, ...before) + 1;
    columns.set(version, column);
    lastInLane.set(minor, column);
  }
  return columns;
}

export function layOut({ nodes, edges }: Pick<ChannelView, 'nodes' | 'edges'>): Layout {
  const sorted = sortVersions(nodes);
  const columns = columnsOf(sorted, edges);
  const width = nodeWidth(nodes);
  const minors = [...new Set(sorted.map(({ minor }) => minor))].reverse();
  const minorOf = new Map(sorted.map(({ version, minor }) => [version, minor]));
  const column = (version: string) => columns.get(version) ?? 0;
  const known = edges.filter((edge) => columns.has(edge.from) && columns.has(edge.to));

  const arcOf = (edge: { from: string; to: string }) =>
    minorOf.get(edge.from) === minorOf.get(edge.to) ? Math.max(0, column(edge.to) - column(edge.from) - 1) * ARC : 0;
  const lanes: { minor: string; y: number }[] = [];
  let y = MARGIN;
  for (const minor of minors) {
    y += Math.max(0, ...known.filter((edge) => minorOf.get(edge.from) === minor).map(arcOf));
    lanes.push({ minor, y });
    y += NODE_HEIGHT + LANE_GAP;
  }
  const laneY = new Map(lanes.map((lane) => [lane.minor, lane.y]));
  const placed = sorted.map(({ version, minor }) => ({
    version,
    lines: splitVersion(version),
    x: LABEL + MARGIN + column(version) * (width + COLUMN_GAP),
    y: laneY.get(minor) ?? 0,
  }));
  const at = new Map(placed.map((node) => [node.version, node]));

  return {
    width: LABEL + MARGIN * 2 + Math.max(0, ...columns.values()) * (width + COLUMN_GAP) + width,
    height: y - LANE_GAP + MARGIN,
    lanes,
    nodes: placed,
    edges: known.flatMap(({ from, to, conditional }) => {
      const [start, end] = [at.get(from), at.get(to)];
      return start && end ? [{ from, to, conditional, path: pathOf(start, end, width, arcOf({ from, to })) }] : [];
    }),
  };
}

/** Length of an arrow head, kept free before the target. */
export const TIP = 9;

function pathOf(start: PlacedNode, end: PlacedNode, width: number, arc: number): string {
  if (arc > 0) {
    const [x1, x2, y] = [start.x + width * 0.75, end.x + width * 0.25, start.y];
    return `M${x1} ${y}C${x1 + 24} ${y - arc * 1.6},${x2 - 24} ${y - arc * 1.6},${x2} ${y - TIP}`;
  }
  const [x1, y1, x2, y2] = [start.x + width, start.y + NODE_HEIGHT / 2, end.x - TIP, end.y + NODE_HEIGHT / 2];
  if (y1 === y2) return `M${x1} ${y1}H${x2}`;
  const half = COLUMN_GAP / 2;
  if (x2 - x1 < COLUMN_GAP + width) return `M${x1} ${y1}C${x1 + half} ${y1},${x2 - half} ${y2},${x2} ${y2}`;
  // Past other nodes: run along the gutter below the target's lane, which no node stands in.
  const gutter = end.y + NODE_HEIGHT + LANE_GAP / 2;
  const [out, back] = [x1 + COLUMN_GAP - 4, x2 - COLUMN_GAP + 4];
  return `M${x1} ${y1}C${x1 + half} ${y1},${x1 + half} ${gutter},${out} ${gutter}H${back}C${x2 - half} ${gutter},${x2 - half} ${y2},${x2} ${y2}`;
}
