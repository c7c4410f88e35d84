import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseChallenges } from './challenge.ts';

describe('parseChallenges', () => {
  it('reads one challenge, several, quoted and not', () => {
    assert.deepEqual(parseChallenges('Bearer realm="https://a/token",service="s",scope="repository:a:pull,push"'), [
      { scheme: 'bearer', parameters: { realm: 'https://a/token', service: 's', scope: 'repository:a:pull,push' } },
    ]);
    assert.deepEqual(parseChallenges('Basic realm="r, \\"x\\"", Bearer Realm=t , service=s'), [
      { scheme: 'basic', parameters: { realm: 'r, "x"' } },
      { scheme: 'bearer', parameters: { realm: 't', service: 's' } },
    ]);
    assert.deepEqual(parseChallenges('Negotiate'), [{ scheme: 'negotiate', parameters: {} }]);
    assert.deepEqual(parseChallenges(''), []);
  });

  it('takes any text without failing', () => {
    fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseChallenges(text))));
  });
});
