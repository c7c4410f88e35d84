// Files of images are words of strangers: whatever they say, reading them ends, in an answer or in an error of our own.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SlipwayError } from '../../util/index.ts';
import { elfWith, goProgram } from '../testing/elf.ts';
import { BINARY_START, BinaryScan, COLLECTORS, collectorsOf, readDnfHistory } from './index.ts';

/** Bytes with some of them replaced, and perhaps cut off. */
function mutated(original: Buffer, within: number): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(Math.min(within, original.length) - 1), fc.integer({ min: 0, max: 255 }));
  return fc
    .tuple(fc.array(change, { minLength: 1, maxLength: 12 }), fc.nat(original.length))
    .map(([changes, length]) => {
      const copy = Buffer.from(original);
      for (const [at, byte] of changes) copy[at] = byte;
      return length % 3 === 0 ? copy.subarray(0, length) : copy;
    });
}

/** Own errors, and JSON's for a note that is no JSON: what a scan records as a gap. */
function expected(read: () => void): void {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof SlipwayError || error instanceof SyntaxError, String(error));
  }
}

describe('hostile files', () => {
  it('programs: headers, notes and build information may lie', () => {
    const note = '{"type":"rpm","name":"a","version":"1-1","osCpe":"cpe:/o:redhat:enterprise_linux:9"}';
    const go = goProgram({ version: 'go1.24', lines: ['path\tx', 'dep\ty\tv1.0.0'] }, { at: 64 });
    for (const original of [elfWith({ note }), elfWith({ note, wide: false, little: false }), go]) {
      const numbers = Buffer.concat([original, Buffer.alloc(64)]);
      fc.assert(
        fc.property(mutated(numbers, 900), fc.integer({ min: 1, max: 7000 }), (bytes, step) => {
          const scan = BinaryScan.of('a', bytes.length, bytes.subarray(0, BINARY_START));
          for (let at = 0; scan !== undefined && at < bytes.length; at += step)
            scan.take(bytes.subarray(at, at + step));
          expected(() => scan?.facts());
        }),
        { numRuns: 400 },
      );
    }
  });

  it('build information of Go is the same however the file comes in pieces', () => {
    const program = goProgram({ version: 'go1.24', lines: ['path\tx', 'dep\ty\tv1.0.0'] }, { at: 4096, decoy: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), (step) => {
        const scan = BinaryScan.of('a', program.length, program.subarray(0, BINARY_START));
        for (let at = 0; at < program.length; at += step) scan?.take(program.subarray(at, at + step));
        assert.equal(scan?.facts()?.go?.version, 'go1.24');
      }),
      { numRuns: 150 },
    );
  });

  it('histories of dnf: any page may lie, and any statement may have made the tables', () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-hostile-'));
    try {
      const file = join(folder, 'history.sqlite');
      const db = new DatabaseSync(file);
      db.exec(`
        CREATE TABLE trans (id INTEGER PRIMARY KEY AUTOINCREMENT, dt_begin INTEGER, dt_end INTEGER, releasever TEXT, cmdline TEXT);
        CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT NOT NULL);
        CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT, epoch INTEGER, version TEXT, release TEXT, arch TEXT);
        CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, action INTEGER, reason INTEGER, state INTEGER);
        INSERT INTO trans VALUES (1, 10, 11, '9', 'install a'); INSERT INTO repo VALUES (1, 'open');
        INSERT INTO rpm VALUES (1, 'a', 0, '1', '2', 'noarch'); INSERT INTO trans_item VALUES (1, 1, 1, 1, 1, 2, 1);
      `);
      db.close();
      const original = readFileSync(file);
      assert.equal(readDnfHistory(original, undefined)?.packages[0]?.nevra, 'a-1-2.noarch');
      fc.assert(
        fc.property(mutated(original, original.length), (bytes) => expected(() => readDnfHistory(bytes, undefined))),
        { numRuns: 1500 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('no collector fails otherwise than with an error', () => {
    fc.assert(
      fc.property(fc.constantFrom(...COLLECTORS), fc.uint8Array({ maxLength: 300 }), (collector, bytes) =>
        expected(() => collector.read('usr/share/buildinfo/labels.json', Buffer.from(bytes))),
      ),
      { numRuns: 500 },
    );
  });

  it('no path that a collector wants is passed over by the quick test of paths', () => {
    const wanted = [
      'etc/os-release',
      'a/usr/lib/os-release',
      'etc/yum.repos.d/x.repo',
      'root/buildinfo/content_manifests/x.json',
      'usr/share/buildinfo/x.json',
      'root/buildinfo/Dockerfile-a-1',
      'usr/share/buildinfo/labels.json',
      'usr/share/openshift/base/meta.json',
      'etc/pki/entitlement/1-key.pem',
      'etc/pki/entitlement-host/1',
      'run/secrets/etc-pki-entitlement/1',
      'etc/pki/consumer/cert.pem',
      'etc/pki/product-default/69.pem',
      'opt/any.pem',
      'run/secrets/rhsm/rhsm.conf',
      'usr/share/rhel/secrets/x',
      'etc/rhsm/facts/a.facts',
      'etc/rhsm-host/x',
      'var/lib/rhsm/x',
    ];
    for (const path of wanted) {
      const asked = COLLECTORS.filter((collector) => collector.wants(path, 100));
      assert.ok(asked.length > 0, path);
      assert.deepEqual(collectorsOf(path, 100), asked, path);
    }
  });
});
