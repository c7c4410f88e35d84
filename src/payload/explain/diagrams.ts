import { printable } from '../../util/index.ts';
import { levelsText, type RunGraph, type RunNode } from './graph.ts';

function headingOf(node: RunNode): string {
  return [levelsText([node]), node.title].filter((part) => part !== '').join(' ');
}

/** A name's own control characters would be lines of the file, or of the terminal that shows it. */
function quoted(text: string): string {
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Graphviz' DOT: every object in its node, every edge. */
export function runGraphDot({ title, nodes }: RunGraph): string {
  const lines = nodes.map((node, index) => {
    if (node.tasks.length === 0) return `  n${index} [shape=point];`;
    const label = [headingOf(node), ...node.tasks].map((line) => quoted(`${line}`).slice(1, -1)).join('\\l');
    return `  n${index} [label="${label}\\l"];`;
  });
  const edges = nodes.flatMap(({ out }, index) => out.map((next) => `  n${index} -> n${next};`));
  return [`digraph ${quoted(title)} {`, '  node [shape=box];', ...lines, ...edges, '}', ''].join('\n');
}

/** Mermaid's flowchart: a node for each line of work with the number of its objects, as Mermaid limits a diagram's text. */
export function runGraphMermaid({ title, nodes }: RunGraph): string {
  const escaped = (text: string): string => text.replace(/[#"<>&]/g, (char) => `#${char.codePointAt(0)};`);
  const lines = nodes.map((node, index) => {
    if (node.tasks.length === 0) return `  n${index}(( ))`;
    const count = `${node.tasks.length} ${node.tasks.length === 1 ? 'object' : 'objects'}`;
    return `  n${index}["${escaped(headingOf(node))}<br/>${count}"]`;
  });
  const edges = nodes.flatMap(({ out }, index) => out.map((next) => `  n${index} --> n${next}`));
  return ['---', `title: ${JSON.stringify(title)}`, '---', 'flowchart TD', ...lines, ...edges, ''].join('\n');
}
