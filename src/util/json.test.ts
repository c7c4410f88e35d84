import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson, DEEPEST_JSON, parseJson, prettyJson } from './json.ts';

describe('canonicalJson', () => {
  it('sorts keys at every depth, leaves out what is undefined, and writes times as text', () => {
    const at = new Date('2026-11-20T04:12:00.250Z');
    assert.equal(
      canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: at }),
      '{"a":"2026-11-20T04:12:00.250Z","b":[{"a":null,"d":1}]}',
    );
    assert.equal(prettyJson({ at }), '{\n  "at": "2026-11-20T04:12:00.250Z"\n}\n');
  });
});

describe('parseJson', () => {
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const read = (text: string) => parseJson(text, 'TEST_INVALID', 'the test', { file: 'test.json' });

  it('takes what is nested as deep as allowed, and refuses one level more, and a thousand times more', () => {
    assert.equal(JSON.stringify(read(nested(DEEPEST_JSON))), nested(DEEPEST_JSON));
    for (const text of [nested(DEEPEST_JSON + 1), nested(500_000), `{"a":${nested(DEEPEST_JSON)}}`])
      assert.throws(() => read(text), {
        code: 'TEST_INVALID',
        message: 'the test is nested deeper than 500 levels.',
        place: { file: 'test.json' },
      });
    assert.throws(() => read('{'), { code: 'TEST_INVALID', message: /^the test is not JSON: / });
  });
});
