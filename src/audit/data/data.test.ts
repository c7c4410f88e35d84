import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { REPOSITORIES, repositoryDirectory } from './repositories.ts';
import { parseKeyDirectory, SIGNING_KEYS } from './signing-keys.ts';

const POLICY = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'policy');
const skip = existsSync(POLICY) ? false : '../shared is not here';

it('knows every key of the vectors with its class, by fingerprint, by id and by the id of its subkeys', {
  skip,
}, () => {
  const { keys } = JSON.parse(readFileSync(join(POLICY, 'signing-keys.json'), 'utf8')) as {
    keys: { keyId: string; fingerprint: string | null; class: string; subkeys: string[] }[];
  };
  assert.equal(keys.length, 242);
  assert.equal(SIGNING_KEYS.keys.length, 242);
  for (const { keyId, fingerprint, class: sort, subkeys } of keys) {
    if (fingerprint === null) continue;
    assert.equal(SIGNING_KEYS.find(keyId, fingerprint)?.class, sort, fingerprint);
    assert.equal(SIGNING_KEYS.find(keyId, null)?.class, sort, keyId);
    for (const subkey of subkeys) assert.equal(SIGNING_KEYS.find(subkey, null)?.fingerprint, fingerprint, subkey);
  }
});

it('takes a key for what its fingerprint says, and an id for a claim', () => {
  const centos = SIGNING_KEYS.find('05b555b38483c65d', null);
  assert.equal(centos?.class, 'centos-official');
  assert.equal(SIGNING_KEYS.find('05b555b38483c65d', 'f'.repeat(40)), undefined, 'another key with the same id');
  assert.equal(SIGNING_KEYS.find('1234567800da75f2', null)?.class, 'redhat-other', 'known by the low half of its id');
  assert.equal(SIGNING_KEYS.find('0123456789abcdef', null), undefined);
});

it('refuses a line that is no key, and has another digest for other keys', () => {
  assert.throws(() => parseKeyDirectory(['fedora nonsense']), { code: 'AUDIT_KEYS_INVALID' });
  assert.notEqual(parseKeyDirectory([]).digest, SIGNING_KEYS.digest);
});

it('classifies repository ids', () => {
  const classes: readonly (readonly [string, string])[] = [
    ['ubi-9-baseos-rpms', 'ubi'],
    ['ubi-9-for-x86_64-appstream-rpms', 'ubi'],
    ['codeready-builder-for-ubi-9-x86_64-rpms', 'ubi'],
    ['rhel-9-for-x86_64-baseos-eus-rpms__9_DOT_4', 'entitled'],
    ['rhel-9-baseos-rpms', 'entitled'],
    ['rhel-9-server-ose-rpms', 'entitled'],
    ['rhel-96-nfv', 'entitled'],
    ['rhocp-4.16-for-rhel-9-x86_64-rpms', 'entitled'],
    ['fast-datapath-for-rhel-9-x86_64-rpms', 'entitled'],
    ['c9s-baseos', 'open'],
    ['c10s-sig-cloud-okd', 'open'],
    ['epel', 'open'],
    ['delorean-component-ironic', 'open'],
    ['my-own', 'unknown'],
  ];
  for (const [id, sort] of classes) assert.equal(REPOSITORIES.classOf(id), sort, id);
  const more = repositoryDirectory(['my-own', 'ubi-9-baseos-rpms']);
  assert.equal(more.classOf('my-own'), 'entitled');
  assert.equal(more.classOf('ubi-9-baseos-rpms'), 'ubi');
  assert.notEqual(more.digest, REPOSITORIES.digest);
});

it("leaves none of Red Hat's own repositories unknown or open", { skip }, () => {
  const ids =
    readFileSync(join(POLICY, 'rhtap-known_rpm_repositories.yml'), 'utf8').match(/(?<=^ {4}- ")[^"]+/gmu) ?? [];
  assert.equal(ids.length, 12_731);
  const counts = { ubi: 0, entitled: 0, open: 0, unknown: 0 };
  for (const id of ids) counts[REPOSITORIES.classOf(id)] += 1;
  assert.deepEqual(counts, { ubi: 108, entitled: 12_623, open: 0, unknown: 0 });
});
