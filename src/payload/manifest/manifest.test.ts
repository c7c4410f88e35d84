import assert from 'node:assert/strict';
import { it } from 'node:test';
import { exclusionReason } from './inclusion.ts';
import { parseManifests } from './parse.ts';
import { parseYaml, splitDocuments } from './yaml.ts';

it('YAML is read as 1.1, as Kubernetes does', () => {
  const value = parseYaml(
    { line: 1, text: 'a: yes\nb: 0777\nc: 2024-06-01\nd: 12:30:45\ne: 1_000\nn: x\nf: {1: 2}\n' },
    'x',
  );
  assert.deepEqual(value, { a: true, b: 511, c: '2024-06-01', d: '12:30:45', e: 1000, false: 'x', f: { '1': 2 } });
});

it('documents keep the line they start on', () => {
  assert.deepEqual(
    splitDocuments('a: 1\n---\nb: 2\n--- # c\nc: 3\n').map(({ line }) => line),
    [1, 3, 5],
  );
  assert.deepEqual(
    splitDocuments('{"a": "}"}\n{"b": 1}\n').map(({ text }) => JSON.parse(text)),
    [{ a: '}' }, { b: 1 }],
  );
});

it('an error names file and line, past earlier documents', () => {
  const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: abc}\n---\nkind: x\n  bad: y\n';
  assert.throws(
    () => parseManifests(text, 'ns.yaml'),
    (error: { code: string; place: { line: number } }) => {
      assert.equal(error.code, 'PAYLOAD_YAML_INVALID');
      assert.ok(error.place.line >= 5);
      return true;
    },
  );
});

it('an object starts where its first line is, not its separator or comment', () => {
  const [first, second] = parseManifests(
    '---\n# c\napiVersion: v1\nkind: A\nmetadata: {name: a1}\n---\n\napiVersion: v1\nkind: B\nmetadata: {name: b1}\n',
    'f.yaml',
  );
  assert.deepEqual([first?.line, second?.line], [3, 8]);
});

it('an alias bomb is refused', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x, x]\n${'bcdefg'
    .split('')
    .map((name, index) => `${name}: &${name} [${`*${'abcdef'[index]}, `.repeat(10)}]`)
    .join('\n')}\n`;
  assert.throws(() => parseYaml({ line: 1, text: bomb }, 'bomb.yaml'), { code: 'PAYLOAD_YAML_INVALID' });
});

it('inclusion by what ClusterVersion overrides', () => {
  const manifest = { kind: 'Deployment', group: 'apps', namespace: 'a', name: 'b', annotations: {} };
  assert.equal(exclusionReason(manifest, { unmanaged: [manifest] }), 'overridden');
  assert.equal(exclusionReason(manifest, { unmanaged: [{ ...manifest, name: 'c' }] }), undefined);
});
