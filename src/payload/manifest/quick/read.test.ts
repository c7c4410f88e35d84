import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { messageOf } from '../../../util/index.ts';
import type { JsonValue } from '../../text/json-value.ts';
import { parseFully } from '../yaml.ts';
import { readQuick } from './read.ts';

function full(text: string): { value: JsonValue } | { error: string } {
  try {
    return { value: parseFully({ line: 1, text }, 'x.yaml') };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** What the quick reader is sure of is what the full one reads; JSON tells the order of keys too. */
function agrees(text: string): boolean {
  const value = readQuick(text);
  if (value === undefined) return false;
  assert.equal(JSON.stringify({ value }), JSON.stringify(full(text)), JSON.stringify(text));
  return true;
}

const DEPLOYMENT = `# A comment in front
apiVersion: apps/v1
kind: Deployment
metadata:
  name: operator
  annotations:
    include.release.openshift.io/self-managed-high-availability: "true"
    "quoted/key": 'it''s'
    exclude.release.openshift.io/internal-openshift-hosted: no
spec:
  replicas: 0777
  selector: {matchLabels: {app: operator, "tier": 'a b'}}

  template:
    spec:
      containers:
      - name: main
        image: quay.io/openshift/origin-operator # the component
        command: ["/bin/operator", --flag=1, -v, 5, 1e3, ~]
        resources: {}
        args: []
        env:
        - name: RELEASE_VERSION
          value: "0.0.1-snapshot"
        - name: EMPTY
          value:
        - value: "tab\\tquote\\" \\u00e9"
        -
          name: LATER
      -   name: wide
          ports:
              - 8080
              - - nested
                - 1_000
      description: words that
        go on with 'quotes', {braces} and | more

        after an empty line
      quoted: "over
        two lines

        and a third"
      script: |
        #!/bin/sh
        if true; then
          echo "a: b"

        fi
      folded: >-
        one
        line

        and another
  last: -1.50
`;

it('reads a manifest with all that manifests are usually written with, as the full reader does', () => {
  assert.ok(agrees(DEPLOYMENT));
  assert.ok(agrees(`--- # first\n${DEPLOYMENT}`));
});

it('reads JSON as the full reader does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      for (const text of [JSON.stringify({ value }), JSON.stringify({ value }, null, 1)]) agrees(text);
    }),
  );
  assert.ok(agrees('{"kind": "A", "a": [1, 2.5, true, null], "kind": "B", "__proto__": {"x": 1}}'));
});

it('leaves to the full reader what it may not be sure of', () => {
  for (const text of [
    'a: &x 1\nb: *x',
    'a: !!str 1',
    'a: .inf',
    '<<: {a: b}',
    'yes: 1',
    '? a\n: b',
    'a: b: c',
    'a: - b',
    'a:\n  - b\n c: d',
    'a: "b',
    'a: "b" c',
    "a: 'b\nc'",
    'a: [b',
    'a: [b] c',
    'a: {b}',
    'a: {b:c}',
    'a: b\n   c: d',
    'a: |2\n   b\n',
    'a: |\n b',
    'a: |\nb: c\n',
    'a: >\n b\n  c\n',
    'a:\tb',
    '\ta: b',
    'a: "\\x41"',
    'a: "\\/"',
    '{"a": "\\/"}',
    '{"a": "\\ud83d\\ude00"}',
    '{"a"\n: 1}',
    `{"${'a'.repeat(501)}": 1}`,
    'a: |\n \tb\n',
    'a: b # c\u2028d: e',
    'a: b # \u007f',
    '|\na\n',
    'a: b\r\n',
    '__proto__: 1',
    '%YAML 1.1\n---\na: b',
    'a: b\n...\n',
    'a: b\n---\nc: d',
    '{"a": 9007199254740993}',
    `{"a": ${'['.repeat(200)}${']'.repeat(200)}}`,
    `${'- '.repeat(200)}a`,
    `a: ${'b'.repeat(4 << 20)}`,
  ])
    assert.equal(readQuick(text), undefined, text.slice(0, 80));
});

it('a document without content is null', () => {
  for (const text of ['', '\n', '# nothing\n', '---\n', '--- # nothing\n\n']) {
    assert.equal(readQuick(text), null);
    assert.ok(agrees(text));
  }
});

const INDENTS = ['', '', ' ', '  ', '  ', '   ', '    ', '      '];
const OPENERS = [
  '',
  '- ',
  '- - ',
  '-  ',
  'a: ',
  'b: ',
  'c:',
  '"d": ',
  "'e': ",
  '- a: ',
  '-',
  '8: ',
  'no: ',
  'a :',
  '? ',
];
const VALUES = [
  '',
  'text',
  'two words',
  'a:b',
  'a: b',
  'x #y',
  'x#y',
  ' # comment',
  '# comment',
  '"quoted"',
  '"open',
  'close"',
  "'it''s'",
  "'open",
  "close'",
  '"\\n\\u0041"',
  '"\\x41"',
  '"end\\',
  '|',
  '|-',
  '>',
  '>-',
  '|+',
  '|2',
  '[]',
  '{}',
  '[a, "b", {c: d}]',
  '[a: b]',
  '[a,]',
  '[ ]',
  '{a: 1, b: [2, -3]}',
  '{a}',
  '{"a":1}',
  '{a: }',
  '[- a]',
  '[-1, -, .5, a b]',
  '1',
  '0777',
  '0x1F',
  '1_0',
  '1e3',
  '.5',
  '.',
  '-',
  '-.inf',
  '.NaN',
  '~',
  'null',
  'yes',
  'Off',
  '2020-01-01',
  '12:30:45',
  '<<',
  '=',
  '*a',
  '&a b',
  '!t b',
  '@a',
  '`a',
  '%a',
  '}',
  ',a',
  '?a',
  ':a',
  '---',
  '...',
  '- deep',
  '\tb',
  'trailing  ',
  'a\u00a0b',
  '\u{1f600}',
  '"\\/"',
  '"\\ud83d\\ude00"',
  '1e400',
  '18446744073709551616',
  'x # y\u2028z',
  'x\u0085y',
  '!!binary aGk=',
];

const line = fc
  .tuple(
    fc.constantFrom(...INDENTS),
    fc.constantFrom(...OPENERS),
    fc.constantFrom(...VALUES),
    fc.constantFrom('', '', '', ' ', ' # c'),
  )
  .map((parts) => parts.join(''));
const soup = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 9 }), fc.constantFrom('\n', ''))
  .map(([lines, end]) => lines.join('\n') + end);

it('leaves keys that are too long as they are written to the full reader', () => {
  for (const text of [
    `{"${'\\u00e9'.repeat(300)}": 1}`,
    `{"${'\\"\\u00e9'.repeat(150)}": 1}`,
    `{"${'\\n'.repeat(500)}"${' '.repeat(100)}: 1}`,
    `a: {"${'\\u00e9'.repeat(300)}": 1}\n`,
    `a: {${'k'.repeat(1100)}: 1}\n`,
  ])
    assert.equal(agrees(text), false, text.slice(0, 40));
  for (const text of [
    `{"${'\\u00e9'.repeat(166)}": "${'x'.repeat(2000)}"}`,
    `{"${'\\n'.repeat(500)}": 1}`,
    `a: {"${'\\u00e9'.repeat(160)}": 1}\n`,
  ])
    assert.equal(agrees(text), true, text.slice(0, 40));
});

it('agrees with the full reader on lines thrown together', () => {
  let sure = 0;
  fc.assert(
    fc.property(soup, (text) => {
      if (agrees(text)) sure++;
    }),
    { numRuns: 4000 },
  );
  assert.ok(sure > 100, `only ${sure} were read`);
});

it('agrees with the full reader on a manifest with characters lost, doubled and put in', () => {
  let sure = 0;
  const edit = fc.tuple(
    fc.nat({ max: DEPLOYMENT.length }),
    fc.nat({ max: 3 }),
    fc.constantFrom('', ' ', '  ', '\n', ':', ': ', '- ', '"', "'", '#', ' #', '|', '{', ']', ',', '\\', '\t', 'x'),
  );
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let text = DEPLOYMENT;
      for (const [at, gone, put] of edits) text = text.slice(0, at) + put + text.slice(at + gone);
      if (agrees(text)) sure++;
    }),
    { numRuns: 1000 },
  );
  assert.ok(sure > 100, `only ${sure} were read`);
});
