import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalJson, prettyJson } from './json.ts';

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
