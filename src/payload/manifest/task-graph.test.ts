import assert from 'node:assert/strict';
import { it } from 'node:test';
import { vectors } from '../testing/shared.ts';
import { type TaskNode, taskGraph } from './task-graph.ts';

interface Node {
  readonly tasks: readonly string[] | null;
  readonly in: readonly number[] | null;
  readonly out: readonly number[] | null;
}

/** Nodes without their numbers: what is applied, after what, before what, in any order. */
function shape(nodes: readonly Node[]): readonly string[] {
  const name = (index: number): string =>
    (nodes[index]?.tasks ?? []).join() ||
    `(${(nodes[index]?.in ?? []).map((other) => (nodes[other]?.tasks ?? []).join()).sort()})`;
  return nodes
    .map((node, index) => `${(node.in ?? []).map(name).sort()} > ${name(index)} > ${(node.out ?? []).map(name).sort()}`)
    .sort();
}

function named(nodes: readonly TaskNode<{ file: string }>[]): readonly Node[] {
  return nodes.map((node) => ({ ...node, tasks: node.tasks.map(({ file }) => file) }));
}

it('graphs computed by the Cluster Version Operator', (t) => {
  for (const e of vectors<{ files: string[]; mode: string; nodes: Node[] }>(t, 'cvo-task-graph.json')) {
    const tasks = e.files.map((file) => ({ file, job: file.includes('job') }));
    const graph = named(taskGraph(tasks, e.mode.startsWith('flatten') ? 'install' : 'update'));
    assert.deepEqual(shape(graph), shape(e.nodes), JSON.stringify(e.files));
  }
});

it('levels run one after the other, components of one side by side, a Job alone', () => {
  const files = [
    '0000_10_a_1.yaml',
    '0000_10_b_1.yaml',
    '0000_10_b_2.yaml',
    '0000_20_a_1.yaml',
    '0000_20_b_1.yaml',
    '0000_20_c_job.yaml',
    '0000_30_a_1.yaml',
  ];
  const tasks = files.map((file) => ({ file, job: file.includes('job') }));
  assert.deepEqual(named(taskGraph(tasks, 'update')), [
    { tasks: [], in: [], out: [1, 2] },
    { tasks: ['0000_10_a_1.yaml'], in: [0], out: [3] },
    { tasks: ['0000_10_b_1.yaml', '0000_10_b_2.yaml'], in: [0], out: [3] },
    { tasks: [], in: [1, 2], out: [4, 5] },
    { tasks: ['0000_20_a_1.yaml'], in: [3], out: [6] },
    { tasks: ['0000_20_b_1.yaml'], in: [3], out: [6] },
    { tasks: ['0000_20_c_job.yaml'], in: [4, 5], out: [7] },
    { tasks: ['0000_30_a_1.yaml'], in: [6], out: [] },
  ]);
});

it('the graph of a real payload of 862 tasks, from its groups and levels', (t) => {
  for (const order of ['update', 'install'] as const) {
    const real = vectors<never>(t, `cvo-real-862-tasks-${order}.json`) as unknown as {
      nodes?: { id: number; tasks: string[] }[];
      edges?: [number, number][];
    };
    if (real.nodes === undefined || real.edges === undefined) return;
    const { nodes, edges } = real as { nodes: { id: number; tasks: string[] }[]; edges: [number, number][] };
    // how far a node is from the start is its run level; the picture does not show file names
    const level = new Map<number, number>();
    for (const { id } of nodes)
      level.set(id, Math.max(0, ...edges.filter(([, to]) => to === id).map(([from]) => (level.get(from) ?? 0) + 1)));
    const tasks = nodes.flatMap(({ id, tasks: lines }) =>
      lines[0] === 'no manifests'
        ? []
        : lines.map((line) => ({ file: `0000_${String(level.get(id)).padStart(2, '0')}_c${id}_${line}` })),
    );
    assert.equal(tasks.length, 862);
    const expected: Node[] = nodes.map(({ id, tasks: lines }) => ({
      tasks:
        lines[0] === 'no manifests'
          ? []
          : lines.map((line) => `0000_${String(level.get(id)).padStart(2, '0')}_c${id}_${line}`),
      in: edges.filter(([, to]) => to === id).map(([from]) => from),
      out: edges.filter(([from]) => from === id).map(([, to]) => to),
    }));
    assert.deepEqual(shape(named(taskGraph(tasks, order))), shape(expected));
  }
});
