import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { parseYaml } from '../manifest/yaml.ts';
import { goYaml } from './go-yaml.ts';
import type { JsonValue } from './json-value.ts';

/** What `sigs.k8s.io/yaml` 1.6 writes for these values (`JSONToYAML`, run on them). */
const WRITTEN: readonly (readonly [value: JsonValue, yaml: string])[] = [
  [{ b: 1, a10: 2, a2: 3, 'a-': 4, A: 5 }, 'A: 5\na-: 4\na2: 3\na10: 2\nb: 1\n'],
  [{ a: [{ b: [['x'], []] }, {}] }, 'a:\n- b:\n  - - x\n  - []\n- {}\n'],
  [
    { v: ['yes', 'null', '~', '0777', '1e3', '1_000', '2024-06-01', '12:30:45', '<<', 'x'] },
    'v:\n- "yes"\n- "null"\n- "~"\n- "0777"\n- "1e3"\n- "1_000"\n- "2024-06-01"\n- "12:30:45"\n- <<\n- x\n',
  ],
  [
    { v: ['- a', '#a', 'a #b', 'a: b', 'a:b', "it's", '"q"', ' a', '@a', '---', '', 'a\tb'] },
    "v:\n- '- a'\n- '#a'\n- 'a #b'\n- 'a: b'\n- a:b\n- it's\n- '\"q\"'\n- ' a'\n- '@a'\n- '---'\n- \"\"\n- \"a\\tb\"\n",
  ],
  [
    { v: ['a\nb', 'a\nb\n', 'a\n\n', ' a\n', 'a \nb'] },
    'v:\n- |-\n  a\n  b\n- |\n  a\n  b\n- |+\n  a\n\n- |2\n   a\n- "a \\nb"\n',
  ],
  [{ 'a\nb': 1 }, '? |-\n  a\n  b\n: 1\n'],
  [{ v: [0.5, 1234567.5, 1e-7, -3, 100000] }, 'v:\n- 0.5\n- 1.2345675e+06\n- 1e-07\n- -3\n- 100000\n'],
  [{ a: `${'word '.repeat(20)}end` }, `a: ${'word '.repeat(15)}word\n  ${'word '.repeat(4)}end\n`],
];

it('values as Go writes them', () => {
  for (const [value, yaml] of WRITTEN) assert.equal(goYaml(value), yaml);
});

it('what is written reads back as what it was', () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab:# -\n\t\'"{}[]0123456789.~_yno|>&*!%@?é\0') });
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(text, tie('value'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (any) => {
      const json = JSON.parse(JSON.stringify(any)) as JsonValue;
      assert.deepEqual(parseYaml({ line: 1, text: goYaml(json) }, 'x'), json);
    }),
    { numRuns: 300 },
  );
});
