import assert from 'node:assert/strict';
import { it } from 'node:test';
import { facts } from '../testing/facts.ts';
import { extractManifests } from './manifests.ts';

const HEAD = 'kind: A\napiVersion: v1\nmetadata: {name: a1}\n';
const WRITTEN_HEAD = 'apiVersion: v1\nkind: A\nmetadata:\n  name: a1\n';
const json = (x: string, name = 'a1') => `{"kind":"A","apiVersion":"v1","metadata":{"name":"${name}"},"x":${x}}`;

async function written(name: string, text: string): Promise<string> {
  const { payload } = await facts({ files: { [name]: text } });
  return extractManifests(payload)
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .join('');
}

/** Values of YAML, and what oc writes for them (`sigs.k8s.io/yaml` run on what `manifest.ParseManifests` read). */
const OF_YAML: readonly (readonly [text: string, written: string])[] = [
  [
    '[9007199254740993, 9223372036854775807, -9223372036854775808, 18446744073709551615]',
    '\n- 9007199254740993\n- 9223372036854775807\n- -9223372036854775808\n- 18446744073709551615',
  ],
  [
    '[18446744073709551616, 12345678901234567890123456789, -9223372036854775809]',
    '\n- 1.8446744073709552e+19\n- 1.2345678901234568e+28\n- -9.223372036854776e+18',
  ],
  [
    '[1e16, 1e20, 1e21, 1e-7, 123456789.5, 1e6, -0.0]',
    '\n- 10000000000000000\n- 1e+20\n- 1e+21\n- 1e-07\n- 1.234567895e+08\n- 1000000\n- 0',
  ],
  [
    '[1e400, "1e400", "1e40", "0b-1", "18446744073709551616"]',
    '\n- 1e400\n- 1e400\n- "1e40"\n- "0b-1"\n- "18446744073709551616"',
  ],
  ['{b: 9007199254740993, a10: 1, a9: 2}', '\n  a9: 2\n  a10: 1\n  b: 9007199254740993'],
  [
    '["0000-02-29", "2001-02-29", "2001-1-1 1:1:1,5", "2001-01-01 10:60:00"]',
    '\n- "0000-02-29"\n- 2001-02-29\n- "2001-1-1 1:1:1,5"\n- 2001-01-01 10:60:00',
  ],
  [
    '["a\\uFEFFb", "\\uFEFFab é", "a\\Lb c\\Pd", "😀"]',
    '\n- "a\\uFEFFb"\n- "\\uFEFF\\x61\\x62\\x20\\xE9"\n- \'a\u2028  b c\u2029  d\'\n- "\\U0001F600"',
  ],
  ['!!binary aGk=', ' hi'],
];

/** Values of JSON, which go-yaml reads again as they stand: what has a point or an exponent stays a float. */
const OF_JSON: readonly (readonly [text: string, written: string])[] = [
  [
    '[1, 1.0, 1e3, 1e6, 1e16, 9007199254740993, 18446744073709551616, -0.0]',
    '\n- 1\n- 1\n- 1000\n- 1e+06\n- 1e+16\n- 9007199254740993\n- 1.8446744073709552e+19\n- -0',
  ],
  ['{"b": "yes", "a": 1e400, "c": {}}', '\n  a: 1e400\n  b: "yes"\n  c: {}'],
];

it('manifests are written as oc writes them', async () => {
  for (const [text, expected] of OF_YAML)
    assert.equal(await written('a.yaml', `${HEAD}x: ${text}\n`), `---\n${WRITTEN_HEAD}x:${expected}\n`, text);
  for (const [text, expected] of OF_JSON)
    assert.equal(await written('a.json', json(text)), `---\n${WRITTEN_HEAD}x:${expected}\n`, text);
});

it('files of several objects are cut as the decoder of Kubernetes cuts them', async () => {
  const [a, b, c] = ['a1', 'b1', 'c1'].map((name) => json('1', name));
  const names = async (text: string): Promise<readonly string[]> =>
    [...(await written('a.json', text)).matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name ?? '');
  assert.deepEqual(await names(`${a}${b}\n${c}\n`), ['a1', 'b1', 'c1']);
  assert.deepEqual(await names(`${a}\n---\n${b}\n--- # c\n${c}`), ['a1', 'b1', 'c1']);
  assert.deepEqual(await names(`${a}\nkind: A\napiVersion: v1\nmetadata: {name: y1}\n`), ['a1', 'y1']);
  assert.deepEqual(await names("{kind: A, apiVersion: v1, metadata: {name: y1}, x: '}'}\n"), ['y1']);
  assert.deepEqual(await names(`kind: A\r\napiVersion: v1\r\nmetadata:\r\n  name: y1\r\n---\r\n${a}\r\n`), [
    'y1',
    'a1',
  ]);
  for (const text of [`${a}${b}\n---\n${c}`, `${a} x`, `${a}}`, `${HEAD}--- x\n${a}`, `${a}\n#\n`])
    await assert.rejects(names(text), { code: /^PAYLOAD_(?:YAML|MANIFEST)_INVALID$/ }, text);
});

it('what oc loses or can not write is written', async () => {
  // A line end of YAML 1.1, which becomes a space in oc.
  assert.equal(await written('a.yaml', `${HEAD}x: "a\\Nb"\n`), `---\n${WRITTEN_HEAD}x: "a\\Nb"\n`);
  // Of these oc says "found unknown escape character" and the like.
  assert.equal(await written('a.json', json('"\\/\\ud83d\\ude00"')), `---\n${WRITTEN_HEAD}x: "/\\U0001F600"\n`);
  assert.equal(await written('a.yaml', `${HEAD}x: "\\x7f"\n`), `---\n${WRITTEN_HEAD}x: "\\x7F"\n`);
});

it('a file that is no UTF-8 is refused with its line', async () => {
  const { payload } = await facts({ files: { 'a.yaml': HEAD } });
  const bytes = Buffer.concat([Buffer.from(`${HEAD}x: \ufffd\ny: a`), Buffer.from([0xff]), Buffer.from('\n')]);
  assert.throws(
    () =>
      extractManifests({
        ...payload,
        files: payload.files.filter(({ name }) => name === 'a.yaml').map((file) => ({ ...file, bytes })),
      }),
    {
      code: 'PAYLOAD_YAML_INVALID',
      place: { file: 'a.yaml', line: 5 },
    },
  );
});
