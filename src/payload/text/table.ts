import { printable } from '../../util/index.ts';

/**
 * Go's text/tabwriter as oc uses it (`minwidth 0, tabwidth 4, padding, ' '`). A cell is what stands before a tab;
 * the text after a line's last tab takes no part in a column. A column is a run of consecutive lines that have a cell
 * there, as wide as its longest cell plus the padding. What does not print is escaped, also a line's end inside of a line.
 */
export function table(lines: readonly string[], padding = 1): string {
  const rows = lines.map((line) => printable(line).split('\t'));
  const cells = rows.map((row) => row.length - 1);
  const widths = rows.map((row) => new Array<number>(row.length - 1).fill(0));
  const columns = Math.max(0, ...cells);
  for (let column = 0; column < columns; column++) {
    let start = 0;
    while (start < rows.length) {
      let end = start;
      while (end < rows.length && column < (cells[end] ?? 0)) end++;
      const width = padding + Math.max(0, ...rows.slice(start, end).map((row) => [...(row[column] ?? '')].length));
      for (const line of widths.slice(start, end)) line[column] = width;
      start = Math.max(end, start + 1);
    }
  }
  return rows
    .map((row, line) => row.map((cell, column) => cell.padEnd(widths[line]?.[column] ?? 0)).join(''))
    .join('\n');
}
