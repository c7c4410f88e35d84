import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlipwayError } from '../../../util/index.ts';
import type { JsonValue } from '../../text/index.ts';
import { parseFully, parseYaml } from '../yaml.ts';

/** Documents, and what the Cluster Version Operator reads in them (`manifest.ParseManifests` run on them). */
const READ: readonly (readonly [text: string, value: JsonValue])[] = [
  [
    '[y, Yes, ON, off, N, True, nULL, Null, ~, yess]',
    [true, true, true, false, false, true, 'nULL', null, null, 'yess'],
  ],
  ['[0777, 0o17, 0x1F, 0X1f, 0b101, 0b-101, -0b11, 08, 1_000, +1]', [511, 15, 31, 31, 5, -5, -3, 8, 1000, 1]],
  ['[.5, .5_0, ._5, 5., 1e3, e3, 1.e5, -0, -0.0, .]', [0.5, 0.5, '._5', 5, 1000, 'e3', 100000, 0, 0, '.']],
  ['[1e400, -1e999, 0x, 0o8, 12:30:45, 2001-01-01]', ['1e400', '-1e999', '0x', '0o8', '12:30:45', '2001-01-01']],
  ['!!int "5"', 5],
  ['[!!float 3, !!float "3.5", !!str 12, !!bool yes, !!null ""]', [3, 3.5, '12', true, null]],
  ['[! 12, !foo 12, !<tag:yaml.org,2002:int> "5"]', ['12', '12', 5]],
  ['[!!binary aGk=, !!binary "aG\\nk="]', ['hi', 'hi']],
  ['!!binary gIGC4oI=', '\ufffd'.repeat(5)],
  ['!!binary |\n  aGVs\n  bG8=', 'hello'],
  ['%TAG !e! tag:yaml.org,2002:\n---\n!e!int "5"', 5],
  [
    '{1: a, 1.5: b, true: c, 1e100: d, -.inf: e, 0.1: f}',
    { 1: 'a', 1.5: 'b', true: 'c', '.inf': 'd', '-.inf': 'e', 0.1: 'f' },
  ],
  ['{1e7: b, 123456789.5: c}', { '1e+07': 'b', '1.2345679e+08': 'c' }],
  ['{a: 1, a: .nan, a: 2}', { a: 2 }],
  ['{z: "5", <<: {x: "1", z: "2"}}', { z: '2', x: '1' }],
  ['{<<: {x: "1", z: "2"}, z: "5"}', { x: '1', z: '5' }],
  ['b: &b {x: "1", z: "2"}\nd:\n  z: "5"\n  <<: *b\n', { b: { x: '1', z: '2' }, d: { z: '2', x: '1' } }],
  ['{<<: [{a: 1}, {a: 2, b: 3}]}', { a: 1, b: 3 }],
  ['{"<<": {a: 1}}', { '<<': { a: 1 } }],
  ['[&a 1, *a, &a 2, *a]', [1, 1, 2, 2]],
  ['[a, [b], {c: d}, e: f, {g, h: }, ? i : j]', ['a', ['b'], { c: 'd' }, { e: 'f' }, { g: null, h: null }, { i: 'j' }]],
  ['{\'a\':1, "b":2, c:d: e}', { a: 1, b: 2, 'c:d': 'e' }],
  ['- - a\n  - b\n-\n- c: d\n  e:\n  - f\n', [['a', 'b'], null, { c: 'd', e: ['f'] }]],
  ['? a\n: b\n? |\n  c\n', { a: 'b', 'c\n': null }],
  ['a: b\n  c\n\n  d\n', { a: 'b c\nd' }],
  ['a: "b  \n\n  c\\\n   d\\te"', { a: 'b\ncd\te' }],
  ['"\\0\\a\\b\\e\\x41\\u00e9\\U0001F600\\_\\N\\L\\P\\ "', '\0\u0007\b\u001bAé😀\u00a0\u0085\u2028\u2029 '],
  ['a: |2\n   b\n\nc: >+\n d\n e\n\n   f\n g\n', { a: ' b\n', c: 'd e\n\n  f\ng\n\n' }],
  ['a: b\u0085c: d\u2028e: "f\u2028 g"\r', { a: 'b', c: 'd', e: 'f\u2028g' }],
  ['\ufeffa: b\ufeff', { a: 'b\ufeff' }],
  ['%YAML 1.1 # c\n---\na: b\n...\n', { a: 'b' }],
];

/** What it refuses, and the line. */
const REFUSED: readonly (readonly [text: string, line: number, reason: RegExp])[] = [
  ['a: 1\n? [b]\n: c\n', 2, /key is a list/],
  ['a: 1\n{b: c}: d\n', 2, /key is a list or a mapping/],
  ['a: 1\nnull: b\n', 2, /key is null/],
  ['a: 1\n~: b\n', 2, /key is null/],
  ['a: 1\nnull: b\n"": c\n', 2, /key is null/],
  ['18446744073709551615: b\n', 1, /more than 63 bits/],
  ['a:\n  b: .nan\n', 2, /\.nan has no JSON form/],
  ['a: 1\nb: "\\ud800"\n', 2, /ud800 is no character/],
  ['b: "\\ud83d\\ude00"\n', 1, /ud83d is no character/],
  ['b: "\\x41\\/"\n', 1, /\\\/ is no escape of YAML 1\.1/],
  ['b: "\\xg1"\n', 1, /2 hexadecimal digits/],
  ['a: 1\n# \u0007\n', 2, /U\+0007 is not allowed/],
  ['a: \u007f\n', 1, /U\+007F is not allowed/],
  ['a: 1\nb: !!int x\n', 2, /"x" is no !!int/],
  ['!!float 18446744073709551615', 1, /is no !!float/],
  ['!!binary aGk', 1, /no base64/],
  ['!e!x 1', 1, /no %TAG says what !e! stands for/],
  ['a: *b\n', 1, /no anchor in front of \*b/],
  ['&a [*a]', 1, /&a contains itself/],
  ['a: {<<: 1}', 1, /no mapping/],
  ['a: 1\n\tb: 2\n', 2, /a tab stands where/],
  ['a: |\n  b\n \tc\n', 3, /a tab stands where/],
  ['a: {b: c}\n\td: e\n', 2, /a tab is no indentation/],
  ['a: |\n \tb\n', 2, /a tab stands where/],
  ['a: "b\n', 1, /does not end/],
  ['a:\n  - b\n c: d\n', 3, /no '-'|no key/],
  ['a: b: c\n', 1, /can not stand here/],
  ['a\nb: c\n', 2, /can not stand here/],
  ['a: [b\n', 2, /no ',' or '\]'/],
  ['a: {b: c]\n', 1, /no ',' or '}'/],
  ['a: [b,,c]\n', 1, /no value/],
  ['[[]: x]', 1, /key is a list/],
  [`a: 1\n${'k'.repeat(1025)}: b\n`, 2, /no ':'/],
  ['a: @b\n', 1, /no text begins with @/],
  ['%YAML 1.2\n---\na: b\n', 1, /YAML 1\.2/],
  ['%FOO 1\n---\na: b\n', 1, /no directive/],
  ['%YAML 1.1\na: b\n', 2, /begins with ---/],
  ['--- a\n', 1, /behind --- stands nothing but a comment/],
];

/** go-yaml reads the first value and looks at nothing behind it; here nothing is lost in silence. */
const STRICTER: readonly (readonly [text: string, line: number])[] = [
  ['a: b\n...\nc: d\n', 3],
  ['{a: b} c\n', 1],
  ['[a]\nb\n', 2],
];

describe('documents are read as a cluster reads them', () => {
  it('values', () => {
    for (const [text, value] of READ)
      for (const parse of [parseFully, parseYaml])
        assert.deepEqual(parse({ line: 1, text: `${text}\n` }, 'x'), value, text);
  });

  it('what it refuses is refused with the line', () => {
    for (const [text, line, reason] of [...REFUSED, ...STRICTER.map((one) => [...one, /nobody would read/] as const)])
      for (const parse of [parseFully, parseYaml])
        assert.throws(
          () => parse({ line: 11, text }, 'a.yaml'),
          ({ code, place, message }: SlipwayError) => {
            assert.deepEqual([code, place], ['PAYLOAD_YAML_INVALID', { file: 'a.yaml', line: line + 10 }], text);
            assert.match(message, reason);
            return true;
          },
          text,
        );
  });

  it('anchors, depth and size are bounded', () => {
    const refused = (text: string, reason: RegExp): void =>
      assert.throws(
        () => parseFully({ line: 1, text }, 'x'),
        { code: 'PAYLOAD_YAML_INVALID', message: reason },
        text.slice(0, 60),
      );
    const lists = Array.from(
      { length: 9 },
      (_, n) => `a${n}: &a${n} [${`${n === 0 ? 'x' : `*a${n - 1}`}, `.repeat(9)}]\n`,
    );
    refused(lists.join(''), /more than a cluster reads/);
    refused(`s: &s "${'x'.repeat(1 << 20)}"\nl: [*s, *s, *s, *s]\n`, /more characters than are read/);
    refused(`${'['.repeat(501)}${']'.repeat(501)}\n`, /deeper than 500 levels/);
    refused(`${'- '.repeat(20_000)}a\n`, /deeper than 500 levels/);
    const deep = (lines: number, link: (name: string) => string): string =>
      `a0: &a0 {x: y}\n${Array.from({ length: lines }, (_, n) => `a${n + 1}: &a${n + 1} ${link(`*a${n}`)}\n`).join('')}`;
    for (const lines of [2, 8])
      refused(
        deep(lines, (name) => '['.repeat(480) + name + ']'.repeat(480)),
        /with its aliases it is nested deeper than 500 levels/,
      );
    // Without other values most of it would be repeated.
    const others = `others: [${'a,'.repeat(20_000)}]\n`;
    refused(others + deep(600, (name) => `{<<: ${name}}`), /with its aliases it is nested deeper than 500 levels/);
    for (const levels of [497, 498]) {
      const text = deep(1, (name) => '['.repeat(levels) + name + ']'.repeat(levels));
      if (levels === 497) parseFully({ line: 1, text }, 'x');
      else refused(text, /^x: .*line 1: with its aliases it is nested deeper/);
    }
    refused(`[${'a,'.repeat(400_000)}]\n`, /more than 300000 values/);
    refused(`a: "${'b'.repeat(4 << 20)}"\n`, /has 4194310 bytes|more characters/);
  });
});
