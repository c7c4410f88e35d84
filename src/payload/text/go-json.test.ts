import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { goInterface, goJson, goMap } from './go-json.ts';
import { goText } from './go-value.ts';
import { goQuote } from './quote.ts';
import { table } from './table.ts';

it('structs keep their order, maps are sorted by bytes, undefined is left out', () => {
  const value = { b: 1, a: undefined, m: goMap({ '9': 'x', '10': 'y' }), e: {}, l: [] };
  assert.equal(goJson(value), '{"b":1,"m":{"10":"y","9":"x"},"e":{},"l":[]}');
  assert.equal(goJson({ a: [1, { b: null }] }, '  '), '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ]\n}');
});

it('escapes what Go escapes for HTML', () => {
  assert.equal(goJson('<a>&\u2028'), '"\\u003ca\\u003e\\u0026\\u2028"');
});

it('writes any JSON value so that it reads back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(JSON.parse(goJson(goInterface(value), '   ')), JSON.parse(JSON.stringify(value))),
    ),
  );
});

it('%v and %q', () => {
  assert.equal(goText({ x: [1, 'y', null], a: true }), 'map[a:true x:[1 y <nil>]]');
  assert.deepEqual(
    [12345678901, 1.5, 100000, 1000000, 0, 0.00001].map((value) => goText(value)),
    ['1.2345678901e+10', '1.5', '100000', '1e+06', '0', '1e-05'],
  );
  assert.equal(goQuote('a"b\\c\n\u0000é\u200b'), '"a\\"b\\\\c\\n\\x00é\\u200b"');
});

it('a column is as wide as its longest cell, and ends where a line has no such cell', () => {
  assert.equal(table(['a\tb', 'long\tb', 'none', 'x\ty\tz']), 'a    b\nlong b\nnone\nx y z');
});
