import { compareReleases } from '../../version/index.ts';
import { explainEdge } from '../explain/index.ts';
import type { CompiledGraph, GraphQuery } from '../types.ts';
import { escapeXml } from './draw.ts';
import { releasesOf } from './lanes.ts';
import { toneOf } from './tones.ts';

/** Of a channel the newest so many are shown: more do not fit a page. */
export const MATRIX_SIZE = 24;

export interface MatrixCell {
  readonly to: string;
  readonly code: string;
  readonly tone: string;
  readonly sign: string;
}

export interface Matrix {
  readonly versions: readonly string[];
  readonly rows: readonly { readonly from: string; readonly cells: readonly (MatrixCell | null)[] }[];
  /** Older releases that are not shown. */
  readonly more: number;
}

/** From × to: what becomes of each update between the newest releases of a channel. */
export function matrixOf(compiled: CompiledGraph, query: GraphQuery): Matrix {
  const all = releasesOf(compiled, query);
  const versions = all.slice(-MATRIX_SIZE);
  const rows = versions.map((from) => ({
    from,
    cells: versions.map((to): MatrixCell | null => {
      if (compareReleases(from, to) >= 0) return null;
      const { code } = explainEdge(compiled, from, to, query);
      const { name, sign } = toneOf(code);
      return { to, code, tone: name, sign };
    }),
  }));
  return { versions, rows, more: all.length - versions.length };
}

/** The matrix as an HTML table: read row by row by a screen reader, and without JavaScript. */
export function matrixHtml(compiled: CompiledGraph, query: GraphQuery): string {
  const { versions, rows, more } = matrixOf(compiled, query);
  const head = versions.map((to) => `<th scope="col"><span>${escapeXml(to)}</span></th>`).join('');
  const body = rows
    .map(({ from, cells }) => {
      const row = cells.map((cell) =>
        cell === null
          ? '<td></td>'
          : `<td class="${cell.tone}" title="${escapeXml(`${from} to ${cell.to}: ${cell.code}`)}"><span aria-hidden="true">${cell.sign}</span><span class="hidden">${escapeXml(cell.code)}</span></td>`,
      );
      return `<tr><th scope="row">${escapeXml(from)}</th>${row.join('')}</tr>`;
    })
    .join('\n');
  const older = more === 0 ? '' : `<p>${more} older releases are not shown.</p>`;
  const title = `Updates in ${escapeXml(query.channel)} (${escapeXml(query.arch)})`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:15px system-ui,sans-serif;margin:1.5rem}div{overflow-x:auto}table{border-collapse:collapse}th,td{border:1px solid #9ca3af;padding:.25rem .4rem;text-align:center;font-weight:400}th[scope=row]{text-align:start;white-space:nowrap}thead span{writing-mode:vertical-rl}.good{background:#dcfce7}.warn{background:#fef3c7}.bad{background:#fee2e2}.off{background:#e5e7eb}td{color:#111}.hidden{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%)}</style></head>
<body><h1>${title}</h1><p>From the release of the row to that of the column: ✓ recommended, ! offered with a warning, ✗ taken away, – not offered.</p>${older}
<div role="region" aria-label="${title}" tabindex="0"><table><thead><tr><td></td>${head}</tr></thead><tbody>
${body}
</tbody></table></div></body></html>
`;
}
