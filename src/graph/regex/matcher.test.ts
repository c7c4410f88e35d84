import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compileRegex } from './matcher.ts';

const TEXTS = [
  '',
  '4.9.1+amd64',
  '4.9.10+amd64',
  '14.9.1+arm64',
  '4.10.0-rc.1+multi',
  '4.12.50+amd64',
  '4.21.0-okd-scos.3+amd64',
  '4.20.0-0.okd-scos-2026-11-23-051500+amd64',
];

test('agrees with the JavaScript engine where the dialects agree', () => {
  const patterns = [
    '.*',
    '',
    '^$',
    '4[.]9[.]1',
    '^4[.]9[.]1$',
    '^4[.](9|10)[.].*$',
    '4\\.9\\.\\d+',
    'rc|okd',
    '[+]amd64$',
    '^4[.](12[.]([0-9]|[1-4][0-9]|50)|11[.].*)[+].*$',
    'a{2}|4{1,2}|x{0,}',
    '(?:okd-)?scos[.][^0-2]',
    '\\bscos\\b',
    '[^-a-z]+$',
    '(a*)*$',
    '^(?:4|14)[.]9[.]1?0?\\+',
  ];
  for (const pattern of patterns)
    for (const text of TEXTS)
      assert.equal(compileRegex(pattern)(text), new RegExp(pattern).test(text), `${pattern} on ${text}`);
});

test('reads Rust’s dialect where JavaScript differs', () => {
  assert.equal(compileRegex('(4.50])|x')('4.50]'), true); // a stray bracket is a literal
  assert.equal(compileRegex('(?i)SCOS')('okd-scos'), true);
  assert.equal(compileRegex('(?i:SC)os')('okd-scos'), true);
  assert.equal(compileRegex('(?i:SC)OS')('okd-scos'), false);
  assert.equal(compileRegex('(?P<minor>4)[.]9')('4.9'), true);
  assert.equal(compileRegex('[[:digit:]]{2}[[a-b]x]')('12a'), true);
  assert.equal(compileRegex('[]x]')(']'), true);
  assert.equal(compileRegex('\\A4\\z')('4'), true);
  assert.equal(compileRegex('\\x34')('4'), true);
  assert.equal(compileRegex('(?m)^b$')('a\nb'), true);
  assert.equal(compileRegex('a.b')('a\nb'), false);
  assert.equal(compileRegex('(?s)a.b')('a\nb'), true);
});

test('refuses what Rust refuses, and what cannot mean anything for versions', () => {
  const refused = [
    '^4(?!x)',
    '(?=x)',
    '(?<=x)y',
    '(?<!x)y',
    '(a)\\1',
    '4[.9',
    '(4',
    '4)',
    '*a',
    'a{',
    'a{3,1}',
    '[z-a]',
    '[a-\\d]',
    '\\Z',
    '\\p{L}',
    '(?x) a',
    '[a&&b]',
    'é',
    'a\\',
    '((a{500}){500}){500}',
    'a{100000}',
    '('.repeat(200) + ')'.repeat(200),
  ];
  for (const pattern of refused)
    assert.throws(() => compileRegex(pattern), { code: 'GRAPH_REGEX' }, `${pattern.slice(0, 40)} was accepted`);
});

test('patterns that make a backtracking engine hang are matched', () => {
  // Such an engine would need longer than the age of the universe: that this ends is the test.
  for (const pattern of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '(x+x+)+y', '^(.*a){20}$'])
    compileRegex(pattern)(`${'a'.repeat(5000)}!`);
});

test('a random pattern means the same as in JavaScript', () => {
  const leaf = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '^', '$', '\\b', '(?:)');
  const pattern = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a}${b}`),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a}|${b})`),
      fc.tuple(tie('node'), fc.constantFrom('*', '+', '?', '{1,2}', '*?')).map(([a, times]) => `(${a})${times}`),
    ),
  })).node;
  fc.assert(
    fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), maxLength: 8 }), (source, text) => {
      assert.equal(compileRegex(source)(text), new RegExp(source).test(text));
    }),
    { numRuns: 1000, seed: 7 },
  );
});
