import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrivateKey } from 'openpgp';
import { foreignKey } from '../testing.ts';
import { armor, dearmorAll } from './armor.ts';
import { readKeyring } from './keyring.ts';

const [a, b, c] = await Promise.all([foreignKey(), foreignKey(), foreignKey()]);
const ed = await foreignKey({ type: 'ecc', curve: 'ed25519Legacy' });
const ed6 = await foreignKey({ type: 'curve25519' });
const mixed = await foreignKey({ subkeys: [{ type: 'curve25519' }] });
const signing = await foreignKey({ subkeys: [{ sign: true }] });
const names = new Map(Object.entries({ a, b, c, ed, ed6, mixed, signing }).map(([name, key]) => [print(key), name]));

function print(key: PrivateKey): string {
  return key.getFingerprint().toUpperCase();
}

function bytesOf(...keys: readonly PrivateKey[]): Buffer {
  return Buffer.concat(keys.map((key) => key.toPublic().write()));
}

/** Names of the keys of a ring that Go's reader loads, and of those that only gpg does. */
function loaded(ring: string | Uint8Array): readonly [go: string, others: string] {
  const of = (readable: boolean): string => {
    const keys = readKeyring(ring).keys.filter(({ readableByCvo }) => readableByCvo === readable);
    return [...new Set(keys.map(({ primaryFingerprint }) => names.get(primaryFingerprint) ?? '?'))].join(' ');
  };
  return [of(true), of(false)];
}

describe('the keys that the Cluster Version Operator loads of a ring', () => {
  // What library-go's verifier made of each of these, and of two blocks, was seen with it.
  for (const [ring, go, others] of [
    [[a], 'a', ''],
    [[a, b], 'a b', ''],
    [[signing, a], 'signing a', ''],
    [[ed, a], 'a', 'ed'],
    [[a, ed], '', 'a ed'],
    [[b, ed, a], 'a', 'b ed'],
    [[a, ed, b], 'b', 'a ed'],
    [[a, b, ed, ed6, c], 'a c', 'b ed ed6'],
    [[ed], '', 'ed'],
    [[a, mixed, b], 'a b', 'mixed'],
  ] as const)
    it(`${ring.map((key) => names.get(print(key))).join(' ')}: ${go === '' ? 'none' : go}`, () => {
      assert.deepEqual(loaded(bytesOf(...ring)), [go, others]);
    });

  it('are those of the first armored block; gpg imports all', () => {
    const blocks = [bytesOf(b), bytesOf(a)].map((bytes) => armor('PUBLIC KEY BLOCK', bytes)).join('\n');
    assert.deepEqual(loaded(blocks), ['b', 'a']);
    const many = Array.from({ length: 5000 }, (_, at) => Buffer.from([at >> 8, at & 0xff]));
    const text = many.map((bytes) => `${armor('PUBLIC KEY BLOCK', bytes)}between\n`).join('');
    assert.deepEqual(Buffer.concat(dearmorAll(text).map(({ bytes }) => bytes)), Buffer.concat(many));
    assert.deepEqual(loaded(`${blocks}\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n???`), ['b', 'a']);
  });

  it('are not those with a signature that it can not read, or that is wrong', () => {
    const ring = bytesOf(a, b);
    const at = ring.lastIndexOf('test@example.com');
    ring[at] = 'T'.charCodeAt(0);
    assert.deepEqual(loaded(ring), ['a', 'b']);
    // The certificate of a key packet alone has no identity.
    const [first] = a.toPublic().toPacketList();
    assert.ok(first);
    const alone = a.toPublic().toPacketList();
    alone.splice(1);
    assert.deepEqual(loaded(Buffer.concat([alone.write(), bytesOf(b)])), ['b', 'a']);
  });
});
