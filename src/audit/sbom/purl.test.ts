import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { golangPurl, ociPurl, purl, rpmPurl } from './purl.ts';

/** Builds and canonical forms of the specification's own tests (purl-spec, tests/types: rpm, oci, golang). */
test('what the specification builds', () => {
  const curl = { type: 'rpm', namespace: 'fedora', name: 'curl', version: '7.50.3-1.fc25' };
  assert.equal(
    purl({ ...curl, qualifiers: { distro: 'fedora-25', arch: 'i386' } }),
    'pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25',
  );
  assert.equal(
    purl({
      type: 'RPM',
      namespace: '/fedora/',
      name: 'centerim',
      version: '4.22.10-1.el6',
      qualifiers: { arch: 'i686', epoch: '1', distro: 'fedora-25', subtype: '' },
    }),
    'pkg:rpm/fedora/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1',
  );
  assert.equal(
    ociPurl('docker.io/library/debian', 'sha256:244fd47e07d10', 'amd64'),
    'pkg:oci/debian@sha256:244fd47e07d10?arch=amd64&repository_url=docker.io%2Flibrary%2Fdebian',
  );
  assert.equal(golangPurl('google.golang.org/genproto', 'abcdedf'), 'pkg:golang/google.golang.org/genproto@abcdedf');
});

const openssl = {
  name: 'openssl-libs',
  epoch: 1,
  version: '3.0.7',
  release: '28.el9',
  arch: 'x86_64',
  vendor: 'CentOS',
  sourceRpm: 'openssl-3.0.7-28.el9.src.rpm',
  os: { id: 'centos', versionId: '9' },
  repository: 'c9s-baseos',
} as const;

test('an RPM: packager as namespace, image as distribution, epoch apart from the version', () => {
  assert.equal(
    rpmPurl(openssl),
    'pkg:rpm/centos/openssl-libs@3.0.7-28.el9?arch=x86_64&distro=centos-9&epoch=1&repository_id=c9s-baseos&upstream=openssl-3.0.7-28.el9.src.rpm',
  );
  const foreign = rpmPurl({ ...openssl, vendor: 'Red Hat, Inc.', epoch: 0, repository: null });
  assert.match(foreign ?? '', /^pkg:rpm\/redhat\/openssl-libs@.*distro=centos-9/);
  assert.doesNotMatch(foreign ?? '', /epoch|repository_id/);
  assert.match(
    rpmPurl({ ...openssl, vendor: null, os: { id: 'scos', versionId: '' } }) ?? '',
    /^pkg:rpm\/scos\/.*=scos&/,
  );
  assert.match(
    rpmPurl({ ...openssl, name: 'libstdc++', version: '1~rc1^git' }) ?? '',
    /\/libstdc%2B%2B@1~rc1%5Egit-28/,
  );
  assert.equal(rpmPurl({ ...openssl, vendor: 'Somebody', os: null }), undefined);
});

test('any text becomes permitted characters, and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (name, value) => {
      const text = purl({ type: 'rpm', namespace: 'centos', name, version: value, qualifiers: { arch: value } });
      assert.match(text, /^pkg:rpm\/centos\/[A-Za-z0-9.\-_~:%]*@[A-Za-z0-9.\-_~:%]+\?arch=[A-Za-z0-9.\-_~:%]+$/);
      assert.equal(decodeURIComponent(text.slice(text.indexOf('?arch=') + 6)), value);
    }),
  );
});
