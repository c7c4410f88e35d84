import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { layOut, NODE_HEIGHT, nodeWidth } from './lanes.ts';

const node = (version: string) => ({ version, payload: '', digest: '', phase: 'Accepted', signed: true });
const edge = (from: string, to: string) => ({ from, to, conditional: false, risks: [] });

test('newer minor versions are in higher lanes, later releases further right', () => {
  const versions = ['4.21.0-okd-scos.0', '4.20.0-okd-scos.10', '4.20.0-okd-scos.9'];
  const { lanes, nodes } = layOut({ nodes: versions.map(node), edges: [] });
  assert.deepEqual(
    lanes.map(({ minor }) => minor),
    ['4.21', '4.20'],
  );
  const [nine, ten, next] = ['4.20.0-okd-scos.9', '4.20.0-okd-scos.10', '4.21.0-okd-scos.0'].map((version) =>
    nodes.find((placed) => placed.version === version),
  );
  assert.ok(nine && ten && next && nine.x < ten.x && nine.y === ten.y && next.y < ten.y);
});

test('a version is shown in two lines, whatever its scheme', () => {
  const { nodes } = layOut({ nodes: ['4.21.0-0.okd-scos-2026-11-23-052620', '4.15.0'].map(node), edges: [] });
  assert.deepEqual(
    nodes.map(({ lines }) => lines),
    [
      ['4.15.0', ''],
      ['4.21.0', '0.okd-scos-2026-11-23-052620'],
    ],
  );
});

test('an empty channel has no size to speak of, and does not fail', () => {
  const layout = layOut({ nodes: [], edges: [] });
  assert.deepEqual([layout.nodes, layout.edges, layout.lanes], [[], [], []]);
});

test('an edge to a release that is not in the channel is left out', () => {
  assert.deepEqual(
    layOut({ nodes: [node('4.21.0-okd-scos.0')], edges: [edge('4.21.0-okd-scos.0', '4.22.0-okd-scos.0')] }).edges,
    [],
  );
});

const channel = fc
  .uniqueArray(
    fc
      .tuple(fc.integer({ min: 15, max: 19 }), fc.integer({ min: 0, max: 20 }))
      .map(([minor, n]) => `4.${minor}.0-okd-scos.${n}`),
    { minLength: 1, maxLength: 25 },
  )
  .chain((versions) => {
    const sorted = versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const pair = fc.tuple(fc.nat(sorted.length - 1), fc.nat(sorted.length - 1)).filter(([a, b]) => a < b);
    const pairs = sorted.length < 2 ? fc.constant([]) : fc.array(pair, { maxLength: 40 });
    return pairs.map((indices) => ({
      nodes: versions.map(node),
      edges: indices.map(([a, b]) => edge(sorted[a] ?? '', sorted[b] ?? '')),
    }));
  });

test('no two nodes overlap, every edge leads to the right, all of it is inside of the picture', () => {
  fc.assert(
    fc.property(channel, (view) => {
      const layout = layOut(view);
      const wide = nodeWidth(view.nodes);
      const at = new Map(layout.nodes.map((placed) => [placed.version, placed]));
      assert.equal(layout.edges.length, view.edges.length);
      assert.equal(new Set(layout.nodes.map(({ x, y }) => `${x},${y}`)).size, layout.nodes.length);
      for (const { x, y } of layout.nodes) {
        assert.ok(x >= 0 && y >= 0 && x + wide <= layout.width && y + NODE_HEIGHT <= layout.height);
      }
      for (const { from, to, path } of layout.edges) {
        assert.ok((at.get(from)?.x ?? 0) + wide < (at.get(to)?.x ?? 0));
        for (const [, y = ''] of path.matchAll(/[\d.-]+ ([\d.-]+)/g))
          assert.ok(Number(y) <= layout.height, `${path} leaves the picture`);
      }
    }),
    { numRuns: 200 },
  );
});
