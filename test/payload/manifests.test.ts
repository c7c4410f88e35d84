// Manifests beside the library that the Cluster Version Operator and oc read and write them with: CVO_MANIFESTS names the
// program (test/clients/cvo-manifests).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import { extractManifests } from '../../src/payload/extract/index.ts';
import { type Manifest, parseManifests } from '../../src/payload/manifest/index.ts';
import { facts } from '../../src/payload/testing/facts.ts';
import { parserOf, SlipwayError } from '../../src/util/index.ts';

const { CVO_MANIFESTS } = process.env;

const Answer = Type.Object({
  objects: Type.Union([Type.Array(Type.Unknown()), Type.Null()]),
  refused: Type.Optional(Type.String()),
  written: Type.Union([Type.String(), Type.Null()]),
});
const parseAnswer = parserOf(Answer, 'ANSWER_INVALID');

function ask(files: readonly string[]) {
  const input = files.map((text) => `${Buffer.from(text).toString('base64')}\n`).join('');
  const answers = execFileSync(CVO_MANIFESTS ?? '', { input, maxBuffer: 1 << 28 })
    .toString('utf8')
    .trimEnd();
  return answers.split('\n').map((line) => parseAnswer(JSON.parse(line)));
}

const HEAD = 'apiVersion: v1\nkind: A\nmetadata: {name: a1}\n';
const VALUES =
  `text|two words|a:b|a: b|x #y| # c|# c|"quoted"|"open|close"|'it''s'|'open|"\\n\\u0041"|"\\x41"|"\\/"|"\\ud83d\\ude00"|"end\\|[]|{}
[a, "b", {c: d}]|[a: b]|[a,]|[[]: x]|[? a : b]|{a: 1, b: [2, -3]}|{a}|{"a":1}|{? a}|[&a b, *a]|{<<: *a}|[a|b]|{c: d|}|1|0777|0x1F|1_0|1e3|.5|.|-|-.inf|~|null
yes|2020-01-01|12:30:45|<<|*a|&a b|&a|!t b|!!int "7"|!!float 3|!!binary aGk=|!!str|! 5|@a|%a|?a|:a|...|- deep|\tb|trailing  |a\u00a0b|\u{1f600}|a\u2028b
\ufeffa|1e400|9223372036854775808|18446744073709551616|1e16|1e21|-0.0|"a\tb"|a\rb|\u007f|${'k'.repeat(1030)}`
    .split(/[|\n]/)
    .concat('|', '|-', '>', '>+', '|2');
const OPENERS = [
  '',
  '- ',
  '- - ',
  'a: ',
  'b: ',
  'c:',
  '"d": ',
  "'e': ",
  '- a: ',
  '-',
  '8: ',
  'no: ',
  '? ',
  ': ',
  '<<: ',
].concat('&a x: ', '!!str y: ', '[a]: ', '*a : ', '~: ', '1.5: ', '"<<": ', 'z:\t', 'a10: ', 'a9: ');
const line = fc
  .tuple(
    fc.constantFrom('', '', ' ', '  ', '  ', '    ', '\t'),
    fc.constantFrom(...OPENERS),
    fc.constantFrom(...VALUES),
    fc.constantFrom('', '', '', ' ', ' # c', '\t'),
    fc.constantFrom('\n', '\n', '\n', '\n', '\n\n', '\r\n', '\r', '\u2028', '\n---\n'),
  )
  .map((parts) => parts.join(''));
const yaml = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => `${HEAD}x:\n${lines.join('')}`);
const json = fc
  .tuple(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('', '---\n', '\n'),
    fc.constantFrom('', '\n', ' {}', '\n---\n', ' x'),
  )
  .map(([x, front, behind]) => {
    const object = { apiVersion: 'v1', kind: 'A', metadata: { name: 'a1' }, x };
    return `${front}${JSON.stringify(object)}${behind}`;
  });

/** Objects, or the sentence of the refusal. */
function read(text: string): readonly Manifest[] | string {
  try {
    return parseManifests(text, 'a.yaml');
  } catch (error) {
    if (error instanceof SlipwayError) return error.message;
    throw error;
  }
}

const skip = CVO_MANIFESTS === undefined ? 'no client; name one in CVO_MANIFESTS' : false;

it('manifests are read and written as by the Cluster Version Operator and oc', { skip }, async () => {
  const files = [...fc.sample(yaml, 3000), ...fc.sample(json, 500)];
  const { payload } = await facts({ files: { 'a.yaml': HEAD } });
  const [file] = payload.files.filter(({ name }) => name === 'a.yaml');
  assert.ok(file !== undefined);
  let compared = 0;
  for (const [index, { objects, refused, written }] of ask(files).entries()) {
    const text = files[index] ?? '';
    const found = read(text);
    if (typeof found === 'string') {
      // Stricter on purpose: what stands behind the end of a value, which go-yaml does not look at.
      const isStricter = /nobody would read|\n\.\.\./.test(`${found}${text}`);
      assert.ok(refused !== undefined || isStricter, `${JSON.stringify(text)}: ${found}`);
      continue;
    }
    assert.equal(refused, undefined, JSON.stringify(text));
    assert.deepEqual(
      found.map(({ object }) => object),
      objects ?? [],
      JSON.stringify(text),
    );
    // A line end U+0085 is a space in oc; what oc can not write is written.
    if (written === null || text.includes('\u0085')) continue;
    const bytes: Uint8Array = Buffer.from(text);
    const made = extractManifests({ ...payload, files: [{ ...file, bytes }] });
    const ours = Buffer.concat(made.map((one) => one.bytes)).toString();
    assert.equal(ours, Buffer.from(written, 'base64').toString(), JSON.stringify(text));
    compared++;
  }
  assert.ok(compared > 500, `only ${compared} were compared`);
});
