import assert from 'node:assert/strict';
import { it } from 'node:test';
import { documentsOf, fieldLines } from './field-lines.ts';
import { parseManifests } from './parse.ts';

const TEXT = `# a comment
apiVersion: v1
kind: ConfigMap
metadata:
  name: first
  annotations:
    example.io/wanted: "x"
data:
  images.json: |
    {
      "cli": "quay.io/a/b:1"
    }
  images: text
--- # the second
apiVersion: apps/v1
kind: Deployment
metadata: {name: second}
spec:
  template:
    spec:
      containers:
      - name: one
        image: quay.io/a/b:1
      - name: two # quay.io/a/b:2
        args:
        - --image=quay.io/a/b:1
        - >-
          --other
          quay.io/a/b:2
`;

it('the lines of fields, and of words in them', () => {
  const [first, second] = parseManifests(TEXT, 'a.yaml').map((manifest) => fieldLines(documentsOf(TEXT)(manifest)));
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(
    ['data.images', 'data.images.json', 'data.images.json: cli', 'example.io/wanted', 'metadata.name', 'data.none'].map(
      (path) => first(path),
    ),
    [13, 9, 9, 7, 5, 8],
  );
  assert.equal(first('data.images.json: cli', 'quay.io/a/b:1'), 11);
  assert.equal(first('nothing'), 2);
  const containers = 'spec.template.spec.containers';
  assert.equal(second(`${containers}[0].image`, 'quay.io/a/b:1'), 23);
  assert.equal(second(`${containers}[1].args[0]`, 'quay.io/a/b:1'), 26);
  assert.equal(second(`${containers}[1].args[1]`, 'quay.io/a/b:2'), 29);
  assert.equal(second(`${containers}[1].name`, 'quay.io/a/b:2'), 29, 'not in a comment');
  assert.equal(second(`${containers}[1].resources.limits`), 24, 'as deep as it leads');
});

it('the lines of JSON', () => {
  const text = '{"apiVersion": "v1", "kind": "ConfigMap",\n "metadata": {"name": "a"},\n "data": {\n  "a.b": "x"}}\n';
  const [manifest] = parseManifests(text, 'a.json');
  assert.ok(manifest !== undefined);
  assert.deepEqual(
    ['metadata.name', 'data.a.b'].map((path) => fieldLines(documentsOf(text)(manifest))(path)),
    [2, 4],
  );
});

it('the longest key that a path begins with, and of equal keys the last', () => {
  const text =
    'kind: A\ndata:\n  a: 1\n  a.b: {c: 1}\n  a.b.c:\n    d: 1\n  a.b.c:\n    d: 2\n  "e: f": 1\n  e: "{f: 2}"\n';
  const lineOf = fieldLines({ line: 11, text });
  assert.deepEqual(
    ['data.a', 'data.a.b', 'data.a.b.c', 'data.a.b.c.d', 'data.a.bc', 'data.e: f', 'data.e: g', 'data.a[0]'].map(
      (path) => lineOf(path),
    ),
    [13, 14, 17, 18, 13, 19, 20, 13].map((line) => line),
  );
});

it('words of a text that names very many, each on its line, though no word may cost the whole text', () => {
  const many = 3000;
  const words = Array.from({ length: many }, (_, n) => `quay.io/a/b:${String(n).padStart(5, '0')}`);
  const text = `kind: A\ndata:\n  a: |\n${words.map((word) => `    # ${word} was\n    ${word}\n`).join('')}`;
  const lineOf = fieldLines({ line: 1, text });
  const lines = words.map((word) => lineOf('data.a', word));
  assert.deepEqual(
    lines,
    words.map((_, n) => 5 + 2 * n),
  );
  // What stands nowhere has the line of the field.
  assert.deepEqual(
    words.map((_, n) => lineOf('data.a', `none:${n}`)).filter((line) => line !== 3),
    [],
  );
});

it('of JSON with more than the parser of lines can hold, the line of the object', () => {
  const text = `{"kind": "A",\n"data": {"a": [\n${'1,'.repeat(200_000)}1]}}`;
  assert.equal(fieldLines({ line: 7, text })('data.a[3]'), 7);
});
