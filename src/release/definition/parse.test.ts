import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { loadReleaseDefinition, parseReleaseDefinition } from './parse.ts';

const GOOD = `kind: ReleaseDefinition
apiVersion: slipway.okd.io/v1
line: '4.21'
architecture: amd64
nightly: { name: 4.21.0-0.okd-scos, title: Nightlies }
stable: { name: 4-scos-stable, title: Stable, versionPrefix: 4.21.0-okd-scos, channels: [stable-scos-4.21], promotion: automatic }
repositories: { content: okd/content, release: okd/release }
images:
  layout: images
  defaultSet: clean
  payloadBase: cluster-version-operator
  bases: {}
  sets:
    clean:
      cluster-version-operator: clean/cvo
      etcd: clean/etcd
audit: { policy: policy.yaml, keyring: [keys/a.asc] }
signing: { key: keys/secret.asc, creator: slipway }
jobs:
  - { name: soak, title: Soak, command: jobs/soak.sh, blocking: true, timeoutSeconds: 60 }
`;

function problem(text: string): SlipwayError {
  try {
    parseReleaseDefinition(text, '/d/stream.yaml');
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error));
    assert.equal(error.code, 'RELEASE_DEFINITION_INVALID');
    assert.equal(error.place.file, '/d/stream.yaml');
    return error;
  }
  assert.fail('it was taken');
}

describe('parseReleaseDefinition', () => {
  it('makes paths absolute and keeps a digest of the text', () => {
    const definition = parseReleaseDefinition(GOOD, '/d/stream.yaml');
    assert.equal(definition.images.layout, '/d/images');
    assert.deepEqual(definition.audit, { policy: '/d/policy.yaml', keyring: ['/d/keys/a.asc'] });
    assert.equal(definition.jobs[0]?.command, '/d/jobs/soak.sh');
    const audited = parseReleaseDefinition(
      GOOD.replace('keyring: [keys/a.asc] }', 'keyring: [keys/a.asc], catalogues: [c9s.json], deep: true }').replace(
        'promotion: automatic }',
        'promotion: automatic, audit: { policy: stable.yaml, profile: strict } }',
      ),
      '/d/stream.yaml',
    );
    assert.deepEqual([audited.audit.catalogues, audited.audit.deep], [['/d/c9s.json'], true]);
    assert.deepEqual(audited.stable.audit, { policy: '/d/stable.yaml', profile: 'strict' });
    assert.equal(definition.lint, undefined);
    const waived = parseReleaseDefinition(`${GOOD}lint: { policy: lint.yaml }\n`, '/d/stream.yaml');
    assert.deepEqual(waived.lint, { policy: '/d/lint.yaml' });
    assert.notEqual(definition.digest, parseReleaseDefinition(`${GOOD}\n`, '/d/stream.yaml').digest);
  });

  it('names the line of YAML that does not parse, and of a component named twice', () => {
    assert.equal(problem(GOOD.replace('bases: {}', 'bases: {')).place.line !== undefined, true);
    const twice = problem(GOOD.replace('      etcd: clean/etcd', '      etcd: clean/etcd\n      etcd: clean/other'));
    assert.equal(twice.place.line, 17);
    assert.match(twice.message, /unique/i);
  });

  it('names the field that does not fit', () => {
    const store = (component: string) =>
      GOOD.replace(
        'creator: slipway }',
        `creator: slipway, store: { component: ${component}, address: 'http://a/b' } }`,
      );
    assert.equal(problem(store('keys')).place.field, 'signing.store.component');
    assert.equal(parseReleaseDefinition(store('etcd'), '/d/stream.yaml').signing.store?.address, 'http://a/b');
    assert.equal(problem(GOOD.replace('promotion: automatic', 'promotion: sometimes')).place.field, 'stable.promotion');
    assert.match(problem(GOOD.replace('name: soak', 'name: promotion')).message, /"promotion" is the name of a gate/);
    assert.equal(
      problem(GOOD.replace('promotion: automatic', 'promotion: automatic, audit: { profile: report-only }')).place
        .field,
      'stable.audit.profile',
    );
    assert.match(problem(GOOD.replace("line: '4.21'", 'line: 4.21')).describe(), /line/);
    assert.match(
      problem(GOOD.replace('timeoutSeconds: 60', 'timeoutSeconds: 0')).describe(),
      /jobs\.0\.timeoutSeconds/,
    );
    assert.match(problem(`${GOOD}surprise: true\n`).describe(), /stream\.yaml/);
  });

  it('refuses what contradicts itself', () => {
    assert.equal(problem(GOOD.replace('defaultSet: clean', 'defaultSet: other')).place.field, 'images.defaultSet');
    assert.equal(
      problem(GOOD.replace('payloadBase: cluster-version-operator', 'payloadBase: cvo')).place.field,
      'images.sets.clean',
    );
    assert.equal(
      problem(GOOD.replace('name: 4.21.0-0.okd-scos,', 'name: 4.20.0-0.okd-scos,')).place.field,
      'nightly.name',
    );
    assert.equal(
      problem(GOOD.replace('versionPrefix: 4.21.0-okd-scos', 'versionPrefix: 4.22.0-okd-scos')).place.field,
      'stable.versionPrefix',
    );
    const job = '  - { name: soak, title: Soak, command: jobs/soak.sh, blocking: true, timeoutSeconds: 60 }\n';
    assert.match(problem(GOOD + job).message, /"soak"/);
    assert.match(problem(GOOD + job.replace('soak', 'lint')).message, /"lint"/);
    assert.equal(problem(GOOD.replace('name: 4-scos-stable', 'name: 4.21.0-0.okd-scos')).place.field, 'stable.name');
    assert.equal(problem(GOOD.replace('release: okd/release', 'release: okd/content')).place.field, 'repositories');
    for (const name of ['staging/x', 'staging', 'Upper/case', '../x'])
      assert.equal(problem(GOOD.replace('okd/release', name)).place.field, 'repositories.release', name);
  });

  it('takes a set that is another one on another base image, and knows the line that says so', () => {
    const text = GOOD.replace('  bases: {}', '  bases: { open-9: bases/open, els-9: bases/els }').replace(
      'audit:',
      `  rebased:
    switched:
      like: clean
      instead: open-9
      base: els-9
      components: { etcd: els/etcd }
audit:`,
    );
    const { images, choices } = parseReleaseDefinition(text, '/d/stream.yaml');
    assert.deepEqual(images.sets.switched, { 'cluster-version-operator': 'clean/cvo', etcd: 'els/etcd' });
    assert.deepEqual(choices, { switched: { base: 'els-9', instead: 'open-9', line: 21, text: 'base: els-9' } });
    const reverted = parseReleaseDefinition(text.replace('base: els-9', 'base: open-9'), '/d/stream.yaml');
    assert.deepEqual(reverted.images.sets.switched, images.sets.clean);
    const field = (from: string, to: string): string | undefined => problem(text.replace(from, to)).place.field;
    assert.equal(field('like: clean', 'like: other'), 'images.rebased.switched.like');
    assert.equal(field('base: els-9', 'base: els-8'), 'images.rebased.switched.base');
    assert.equal(field('instead: open-9', 'instead: x'), 'images.rebased.switched.instead');
    assert.equal(field('{ etcd: els/etcd }', '{ dns: els/dns }'), 'images.rebased.switched.components');
    assert.equal(field('    switched:', '    clean:'), 'images.rebased.clean');
  });

  it('says that a file is not there', async () => {
    await assert.rejects(loadReleaseDefinition('/nowhere/stream.yaml'), { code: 'RELEASE_DEFINITION_MISSING' });
  });
});
