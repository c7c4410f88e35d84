import { createHash } from 'node:crypto';
import { escapeXml, plural, xmlAttributes } from '../../util/index.ts';
import { levelsText, type RunGraph, type RunNode, stagesOf } from './graph.ts';
import { labelsOf, shortened } from './labels.ts';

const WIDTH = 1440;
const MARGIN = 24;
const GAP = 16;
const COLUMNS = 4;
/** A column of text, and the least that a card is wide. */
const COLUMN = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const LINE = 16;
const PAD = 10;
const HEADING = 22;
const HEAD = 76;
const BAND_HEAD = 34;
const ARROW = 28;
/** Characters that fit into a card: of text, and of its heading. */
const FIT = 46;
const FIT_HEADING = 34;

const STYLE = `
    svg { color-scheme: light dark; --page: #fff; --ink: #151515; --subtle: #4d4d4d; --band: #f2f2f2; --card: #fff; --edge: #8a8d90; }
    @media (prefers-color-scheme: dark) { svg { --page: #151515; --ink: #fff; --subtle: #c7c7c7; --band: #292929; --card: #383838; --edge: #a3a3a3; } }
    text { font: 12px "Red Hat Text", "Noto Sans", system-ui, sans-serif; fill: var(--ink); }
    .title { font-size: 22px; font-weight: 600; }
    .subtle { fill: var(--subtle); }
    .stage { font-size: 14px; font-weight: 600; }
    .heading { font-weight: 600; }
    .page { fill: var(--page); }
    .band { fill: var(--band); }
    .card { fill: var(--card); stroke: var(--edge); }
    .arrow { fill: none; stroke: var(--edge); stroke-width: 2; }
  `;

function text(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return `<text${xmlAttributes({ x, y, ...attributes })}>${escapeXml(content)}</text>`;
}

/** How many columns of text a card has where `cards` stand side by side. */
function columnsOf(cards: number): number {
  return Math.max(1, Math.floor(COLUMNS / cards));
}

function widthOf(columns: number): number {
  return columns * COLUMN + (columns - 1) * GAP;
}

function rowsOf({ tasks }: RunNode, columns: number): number {
  return Math.ceil(tasks.length / columns);
}

function cardHeight(node: RunNode, columns: number): number {
  return 2 * PAD + HEADING + rowsOf(node, columns) * LINE;
}

/** A line of work: its objects from top to bottom, then on in the next column. */
function card(
  node: RunNode,
  labels: ReadonlyMap<string, string>,
  { x, y, columns }: { readonly x: number; readonly y: number; readonly columns: number },
): string {
  const rows = rowsOf(node, columns);
  const width = widthOf(columns);
  const lines = node.tasks.map((task, index) => {
    const shown = labels.get(task) ?? task;
    const full = shown === task ? '' : `<title>${escapeXml(task)}</title>`;
    const column = Math.floor(index / rows);
    const at = { x: x + PAD + column * (COLUMN + GAP), y: y + PAD + HEADING + ((index % rows) + 1) * LINE - 4 };
    return `      <text${xmlAttributes(at)} role="listitem">${full}${escapeXml(shown)}</text>`;
  });
  const count = String(node.tasks.length);
  const heading = node.title === '' ? levelsText([node]) : node.title;
  return [
    `    <g role="list" aria-label="${escapeXml(`${heading}, ${count}`)}">`,
    `      <title>${escapeXml(`${heading}: ${count} in order`)}</title>`,
    `      <rect${xmlAttributes({ class: 'card', x, y, width, height: cardHeight(node, columns), rx: 4 })}/>`,
    `      ${text(x + PAD, y + PAD + 12, shortened(heading, FIT_HEADING * columns), { class: 'heading' })}`,
    `      ${text(x + width - PAD, y + PAD + 12, count, { class: 'subtle', 'text-anchor': 'end' })}`,
    ...lines,
    '    </g>',
  ].join('\n');
}

/** Cards of a stage in columns, each below the shortest so far. */
function placed(stage: readonly RunNode[], top: number) {
  const columns = columnsOf(stage.length);
  const labels = labelsOf(
    stage.flatMap(({ tasks }) => tasks),
    FIT,
  );
  const heights = Array.from({ length: Math.min(COLUMNS, stage.length) }, () => top);
  const cards = stage.map((node) => {
    const column = heights.indexOf(Math.min(...heights));
    const y = heights[column] ?? top;
    heights[column] = y + cardHeight(node, columns) + GAP;
    return card(node, labels, { x: MARGIN + column * (widthOf(columns) + GAP), y, columns });
  });
  return { cards, bottom: Math.max(...heights) };
}

function arrow(y: number): string {
  const x = WIDTH / 2;
  return `  <path${xmlAttributes({ class: 'arrow', d: `M${x} ${y + 4}V${y + ARROW - 4}M${x - 6} ${y + ARROW - 10}L${x} ${y + ARROW - 4}L${x + 6} ${y + ARROW - 10}` })}/>`;
}

/**
 * A drawing of the order of work, from top to bottom: a band for each stage, in it the components that run side by side,
 * in them every object. Readable at any length, in light and dark, by screen readers too. Same graph, same bytes.
 */
export function runGraphSvg(graph: RunGraph): string {
  const stages = stagesOf(graph);
  const parts: string[] = [];
  let y = HEAD;
  for (const [index, stage] of stages.entries()) {
    if (index > 0) {
      parts.push(arrow(y));
      y += ARROW;
    }
    const { cards, bottom } = placed(stage, y + BAND_HEAD);
    const objects = stage.reduce((sum, { tasks }) => sum + tasks.length, 0);
    const beside =
      stage.length > 1 ? `, ${stage.length} lines side by side` : objects > 1 ? ', one after the other' : '';
    const levels = levelsText(stage);
    const name = `${index + 1}. ${levels === '' ? '' : `${levels}: `}${plural(objects, 'object')}${beside}`;
    parts.push(
      [
        `  <g role="group" aria-label="${escapeXml(name)}">`,
        `    <rect${xmlAttributes({ class: 'band', x: MARGIN / 2, y, width: WIDTH - MARGIN, height: bottom - y, rx: 6 })}/>`,
        `    ${text(MARGIN, y + 22, name, { class: 'stage' })}`,
        ...cards,
        '  </g>',
      ].join('\n'),
    );
    y = bottom;
  }
  const height = y + MARGIN;
  const objects = graph.nodes.reduce((sum, { tasks }) => sum + tasks.length, 0);
  const description = `${graph.subtitle}. ${objects} objects in ${stages.length} stages; a stage begins when everything in the one before is done.`;
  // Pages may have several drawings: their names must differ.
  const id = `run-${createHash('sha256').update(graph.title).digest('hex').slice(0, 8)}`;
  return [
    `<svg${xmlAttributes({ xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: 'img', 'aria-labelledby': `${id}-title ${id}-desc` })}>`,
    `  <title id="${id}-title">${escapeXml(graph.title)}</title>`,
    `  <desc id="${id}-desc">${escapeXml(description)}</desc>`,
    `  <style>${STYLE}</style>`,
    `  <rect${xmlAttributes({ class: 'page', width: WIDTH, height })}/>`,
    `  ${text(MARGIN, 34, graph.title, { class: 'title' })}`,
    `  ${text(MARGIN, 56, graph.subtitle, { class: 'subtle' })}`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}
