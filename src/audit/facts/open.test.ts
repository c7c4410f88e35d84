import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf, type ImageSource } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { MemorySource, makeLayer } from '../testing/image.ts';
import { auditImages, surveyImages } from './image.ts';
import type { AuditedList } from './open.ts';

const options = { keyring: parseKeyring([]) };
const GONE = digestOf(Buffer.from('gone'));

/** A source that fails for some blobs as a registry out of reach does. */
function without(source: MemorySource, digest: string): ImageSource {
  return {
    name: 'away',
    manifest: (selector) => source.manifest(selector),
    blob: (descriptor) =>
      descriptor.digest === digest
        ? Promise.reject(new SlipwayError('OCI_REGISTRY_UNREACHABLE', 'the registry does not answer.'))
        : source.blob(descriptor),
  };
}

describe('images to audit', () => {
  it('are all of a list, told by platform, each manifest asked for once and shared layers read once', async () => {
    const source = new MemorySource();
    const shared = makeLayer({ 'etc/shared': 'x' });
    const members = {
      'linux/amd64': source.add([shared, makeLayer({ a: 'amd' })]),
      'linux/arm64': source.add([shared, makeLayer({ a: 'arm' })]),
    };
    const reference = source.addList(members);
    const pullSpec = `registry.test:5000/okd/etcd:4.21`;
    const image = { source, reference, name: 'etcd', pullSpec };
    const found = await auditImages([{ ...image, platforms: 'every' }], options);
    assert.deepEqual(
      found.map(({ name, platform, pullSpec: spec }) => [name, platform, spec]),
      Object.entries(members).map(([platform, digest]) => [
        `etcd (${platform})`,
        platform,
        `registry.test:5000/okd/etcd@${digest}`,
      ]),
    );
    assert.equal(source.reads.get(shared.digest), 1);
    assert.deepEqual(
      [...source.asked],
      [reference, ...Object.values(members)].map((digest) => [digest, 1]),
    );
    // A base is known by its name alone, for whatever platform.
    const bases = await auditImages([{ ...image, base: true, platforms: 'every' }], options);
    assert.deepEqual(
      bases.map(({ name, base }) => [name, base]),
      [
        ['etcd', true],
        ['etcd', true],
      ],
    );
    const [single] = await auditImages(
      [{ source, reference: members['linux/arm64'], name: 'etcd', platforms: 'every' }],
      options,
    );
    assert.deepEqual([single?.name, single?.platform], ['etcd', undefined]);
  });

  it('are those that an expression fits, and the others are told', async () => {
    const source = new MemorySource();
    const reference = source.addList({
      'linux/amd64': source.add([makeLayer({ a: 'amd' })]),
      'linux/arm64': source.add([makeLayer({ a: 'arm' })]),
    });
    const lists: AuditedList[] = [];
    const audit = (platforms: RegExp) =>
      auditImages([{ source, reference, name: 'etcd', platforms }], { ...options, onList: (list) => lists.push(list) });
    assert.deepEqual(
      (await audit(/arm/)).map(({ name }) => name),
      ['etcd (linux/arm64)'],
    );
    assert.deepEqual(lists, [{ name: 'etcd', listDigest: reference, chosen: ['linux/arm64'], left: ['linux/amd64'] }]);
    await assert.rejects(audit(/s390x/), { code: 'OCI_PLATFORM_UNKNOWN' });
  });

  it('that can not be read do not keep others from it: unknown, damaged, or with a layer out of reach', async () => {
    const source = new MemorySource();
    const [shared, lost] = [makeLayer({ shared: 'x' }), makeLayer({ lost: 'x' })];
    const odd = source.add([makeLayer({ odd: 'x' })]);
    const config = JSON.parse(Buffer.from((await source.manifest(odd)).bytes).toString()).config.digest;
    source.spoil(config, Buffer.from('{}'));
    const reference = source.addList({
      'linux/amd64': source.add([shared]),
      'linux/arm64': GONE,
      'linux/ppc64le': odd,
      'linux/s390x': source.add([shared, lost, makeLayer({ late: 'x' })]),
    });
    const away = without(source, lost.digest);
    const images = [
      { source: away, reference, name: 'etcd', platforms: 'every' as const },
      { source: away, reference: GONE, name: 'absent' },
    ];
    const { images: read, unread } = await surveyImages(images, options);
    assert.deepEqual(
      read.map(({ name }) => name),
      ['etcd (linux/amd64)'],
    );
    assert.deepEqual(
      unread.map(({ name, error }) => [name, error.code]),
      [
        ['absent', 'OCI_MANIFEST_UNKNOWN'],
        ['etcd (linux/arm64)', 'OCI_MANIFEST_UNKNOWN'],
        ['etcd (linux/ppc64le)', 'OCI_DIGEST_MISMATCH'],
        ['etcd (linux/s390x)', 'OCI_REGISTRY_UNREACHABLE'],
      ],
    );
    await assert.rejects(auditImages(images, options), SlipwayError);
  });

  it('end the whole for what is no fault of an image, as a full disk of the cache', async () => {
    const source = new MemorySource();
    const reference = source.add([makeLayer({ a: 'a' })]);
    const cache = {
      get: () => Promise.resolve(undefined),
      put: () => Promise.reject(new SlipwayError('STORAGE_FULL', 'the disk is full.')),
    };
    await assert.rejects(surveyImages([{ source, reference, name: 'a' }], { ...options, cache }), {
      code: 'STORAGE_FULL',
    });
  });
});
