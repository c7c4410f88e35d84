import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SlipwayError } from '../../util/index.ts';
import { digestOf, parseDigest } from './digest.ts';
import { formatReference, parseReference } from './reference.ts';

const HEX = 'a'.repeat(64);

describe('parseReference', () => {
  it('takes registries with ports, tags and digests', () => {
    assert.deepEqual(parseReference(`localhost:5000/okd/scos-release:4.21.0-okd-scos.0@sha256:${HEX}`), {
      registry: 'localhost:5000',
      repository: 'okd/scos-release',
      tag: '4.21.0-okd-scos.0',
      digest: `sha256:${HEX}`,
    });
    assert.deepEqual(parseReference('quay.io/a'), { registry: 'quay.io', repository: 'a' });
    assert.deepEqual(parseReference('[::1]:5000/a/b'), { registry: '[::1]:5000', repository: 'a/b' });
  });

  it('refuses short names, bad grammar and paths in disguise', () => {
    for (const text of [
      'busybox',
      'okd/scos',
      'quay.io/',
      'quay.io/A',
      'quay.io/a/../b',
      'quay.io/a//b',
      'quay.io/a:',
      'quay.io/a@sha256:12',
      'quay.io/a:b c',
      '',
      'quay.io:65536/a',
      'quay.io:/a',
      '-quay.io/a',
      'user:pass@quay.io/a',
      `quay.io/a@sha1:${HEX}`,
      `quay.io/${'a'.repeat(256)}`,
    ]) {
      assert.throws(
        () => parseReference(text),
        (error) => error instanceof SlipwayError && error.code === 'OCI_REFERENCE_INVALID',
        text,
      );
    }
  });

  it('is the inverse of formatReference', () => {
    const part = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)?$/);
    fc.assert(
      fc.property(
        fc.record(
          {
            registry: fc.constantFrom('quay.io', 'localhost', 'localhost:5000', '127.0.0.1:1', 'a.b.c:65535'),
            repository: fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
            tag: fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/),
            digest: fc.string().map((text) => digestOf(text)),
          },
          { requiredKeys: ['registry', 'repository'] },
        ),
        (reference) => assert.deepEqual(parseReference(formatReference(reference)), { ...reference }),
      ),
    );
  });
});

describe('parseDigest', () => {
  it('takes sha256 and sha512 in lower case only', () => {
    assert.equal(parseDigest(`sha512:${HEX}${HEX}`), `sha512:${HEX}${HEX}`);
    for (const text of [
      `sha256:${HEX.toUpperCase()}`,
      `sha512:${HEX}`,
      `md5:${HEX}`,
      `sha256:${HEX}\n`,
      '../../etc/passwd',
    ])
      assert.throws(() => parseDigest(text), SlipwayError);
  });
});
