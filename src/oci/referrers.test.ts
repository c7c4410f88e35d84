import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf } from './format/digest.ts';
import { MEDIA } from './format/media.ts';
import { referrerOf, referrersTag } from './referrers.ts';

describe('referrersTag', () => {
  it('is that of distribution-spec 1.1, whose grammar of tags has no room for all of sha512', () => {
    assert.equal(referrersTag(`sha256:${'a'.repeat(64)}`), `sha256-${'a'.repeat(64)}`);
    assert.equal(referrersTag(`sha512:${'a'.repeat(128)}`), `sha512-${'a'.repeat(64)}`);
  });
});

describe('referrerOf', () => {
  it('takes an empty artifact type as none', () => {
    const empty = { mediaType: 'application/x', digest: digestOf('{}'), size: 2 };
    const manifest = { schemaVersion: 2, artifactType: '', config: empty, layers: [], subject: empty };
    const bytes = Buffer.from(JSON.stringify(manifest));
    assert.equal(referrerOf(digestOf(bytes), MEDIA.ociManifest, bytes, 'a')?.descriptor.artifactType, 'application/x');
  });
});
