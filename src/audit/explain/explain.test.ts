import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openLayout } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import { diffReports } from '../diff/diff.ts';
import { textDifference } from '../diff/text.ts';
import { auditImages } from '../facts/image.ts';
import { judge } from '../judge/judge.ts';
import { readPolicy } from '../policy/parse.ts';
import { explainPackage } from './explain.ts';
import { textExplanation } from './text.ts';

const HARBOR = join(import.meta.dirname, '../../../examples/harbor');
const yaml = await readFile(join(HARBOR, 'policy.yaml'), 'utf8');
const AT = new Date('2026-11-01T12:00:00Z');
const IRONHAT = '2e3b82c4ff8173ceff3bfbe5578b83706a3123aa';

/** The example's images of a set, on its base images. */
async function judged(set: string, more = '') {
  const layout = await openLayout(join(HARBOR, 'images'));
  const keys = await Promise.all(
    ['harbor', 'ironhat'].map((name) => readFile(join(HARBOR, `keys/${name}-rpm.asc`), 'utf8')),
  );
  const keyring = parseKeyring(keys);
  const bases = await auditImages(
    ['base-stream9', 'base-stream9-els'].map((name) => ({
      source: layout,
      reference: `bases/${name}`,
      name,
      base: true,
    })),
    { keyring },
  );
  const facts = await auditImages(
    ['console', 'coredns'].map((name) => ({ source: layout, reference: `${set}/${name}`, name })),
    { keyring },
  );
  const text = readPolicy(`${yaml}${more}`, 'policy.yaml');
  const context = { at: AT, bases };
  return { facts, text, context, report: judge(facts, text.policy, context) };
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('how do you know', () => {
  const exception = `
exceptions:
  - id: time-zones
    rule: [RPM-001]
    scope: { components: [console] }
    match: { names: [tzdata] }
    reason: agreed
    owner: '@zones'
    created: 2026-10-01
    expires: 2026-12-01
`;

  it('is answered with signature, key, layer, instruction, base image, lines of the policy and exceptions', async () => {
    const { facts, text, context, report } = await judged('els', exception);
    const { packages } = explainPackage(facts, text, context, report, 'tzdata-2026b-1.el9_4*');
    assert.equal(packages.length, 1);
    const [found] = packages;
    assert.equal(found?.nevra, 'tzdata-2026b-1.el9_4.els.noarch');
    assert.equal(found.headerDigest, 'ok');
    assert.deepEqual(found.proof, { level: 'L3', label: 'header signature verified' });
    const [signature] = found.signatures;
    assert.equal(signature?.result, 'ok');
    assert.equal(signature.fingerprint, IRONHAT);
    assert.equal(signature.policy?.verdict, 'deny');
    assert.equal(signature.policy.line?.line, lineOf(yaml, '    verdict: deny'));
    assert.equal(signature.policy.line.text, 'verdict: deny');
    const [origin, ...others] = found.origins;
    assert.deepEqual(others, []);
    assert.equal(origin?.origin.base, 'base-stream9-els');
    assert.equal(origin.origin.below, 'base-stream9');
    assert.deepEqual(origin.origin.instructions, ['RUN dnf upgrade -y ca-certificates tzdata']);
    assert.deepEqual(
      origin.images.map(({ name }) => name),
      ['console', 'coredns'],
    );
    assert.deepEqual(
      found.rules.map(({ rule }) => rule),
      ['RPM-001'],
    );
    const [except] = found.findings.flatMap(({ exceptions }) => exceptions);
    assert.equal(except?.id, 'time-zones');
    assert.equal(except.line?.line, lineOf(`${yaml}${exception}`, '- id: time-zones'));

    const words = textExplanation(explainPackage(facts, text, context, report, 'tzdata'));
    assert.match(words, /tzdata-2026b-1\.el9\.noarch/, 'the one that the layer replaced as well');
    assert.match(words, /hidden by layer 2/);
    assert.match(words, /the policy says: deny, Ironhat, Inc\. \(policy\.yaml:\d+: verdict: deny\)/);
    assert.match(words, /excepted by time-zones of @zones until 2026-12-01: agreed/);
  });

  it('names keys that are publicly known, and says when there is no such package', async () => {
    const { facts, text, context, report } = await judged('clean');
    const none = explainPackage(facts, text, context, report, 'kernel');
    assert.deepEqual(none.packages, []);
    assert.match(textExplanation(none), /No image has a package "kernel"/);
    const centos = '99db70fae1d7ce227fb6488205b555b38483c65d';
    const changed = facts.map((image) => ({
      ...image,
      layers: image.layers.map((layer) => ({
        ...layer,
        facts: {
          ...layer.facts,
          rpmdbs: layer.facts.rpmdbs.map((copy) => ({
            ...copy,
            packages: copy.packages.map((pkg) => ({
              ...pkg,
              signatures: pkg.signatures.map((one) => ({ ...one, keyId: centos.slice(-16), fingerprint: centos })),
            })),
          })),
        },
      })),
    }));
    const [found] = explainPackage(changed, text, context, report, 'tzdata').packages;
    assert.match(found?.signatures[0]?.holder?.owner ?? '', /CentOS/);
  });
});

describe('what differs between two audits', () => {
  it('is told by component: packages, signers, base images, findings', async () => {
    const [before, after] = [(await judged('clean')).report, (await judged('els')).report];
    const same = diffReports(before, (await judged('clean')).report);
    assert.match(textDifference(same), /^Verdict: pass, as before\.\nNothing else differs\.\n$/);
    const difference = diffReports(before, after);
    assert.deepEqual(
      difference.packages.map(({ name, before: was, after: is, images }) => [name, was, is, images]),
      [
        [
          'ca-certificates.noarch',
          '2025.2.80_v9.0.305-91.el9',
          '2025.2.80_v9.0.305-91.el9_4.els',
          ['console', 'coredns'],
        ],
        ['tzdata.noarch', '2026b-1.el9', '2026b-1.el9_4.els', ['console', 'coredns']],
      ],
    );
    assert.deepEqual(
      difference.bases.map(({ before: was, after: is, signersAdded, images }) => [was, is, signersAdded, images]),
      [['base-stream9', 'base-stream9-els', ['Ironhat, Inc., key 578b83706a3123aa'], ['console', 'coredns']]],
    );
    assert.deepEqual(
      difference.signers.added.map(({ owner }) => owner),
      ['Ironhat, Inc.'],
    );
    assert.deepEqual(
      difference.findings.added.map(({ rule }) => rule),
      ['RPM-001'],
    );
    const back = diffReports(after, before);
    assert.deepEqual(
      back.findings.gone.map(({ rule }) => rule),
      ['RPM-001'],
    );
    assert.match(textDifference(difference), /base-stream9 ► base-stream9-els, signers: \+ Ironhat, Inc\./);
  });
});
