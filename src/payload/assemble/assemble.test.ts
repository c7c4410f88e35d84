import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digestOf, MEDIA, parseConfig } from '../../oci/index.ts';
import type { PayloadFile } from '../files.ts';
import { newTag } from '../stream/reference-mode.ts';
import { configMap, imageReferences, MTIME, OPERATOR } from '../testing/images.ts';
import { type AssembleOptions, assemble, assembleContent, type Component } from './assemble.ts';
import { nearest } from './candidates.ts';
import { ManifestNames } from './names.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const NAME = '4.21.0-0.okd-scos-2026-11-23-051500';
const OPTIONS: AssembleOptions = {
  creationTimestamp: new Date('2026-11-23T05:15:00Z'),
  baseTag: 'cluster-version-operator',
};

function file(name: string, text: string, mtime = MTIME): PayloadFile {
  return { name, bytes: Buffer.from(text), mode: 0o644, mtime };
}

function operator(...manifests: readonly PayloadFile[]): Component {
  return { labels: OPERATOR, manifests };
}

function content(components: Readonly<Record<string, Component>>, options: Partial<AssembleOptions> = {}, name = NAME) {
  const all: Record<string, Component> = { 'cluster-version-operator': { labels: {} }, ...components };
  const tags = Object.keys(all).map((tag) => newTag(tag, `quay.io/okd/content@${DIGEST}`));
  return assembleContent({ name, tags, components: new Map(Object.entries(all)) }, { ...OPTIONS, ...options });
}

function text(files: readonly PayloadFile[], name: string): string {
  return Buffer.from(files.find((candidate) => candidate.name === name)?.bytes ?? []).toString();
}

describe('assembly', () => {
  it('substitutes images and versions, names and orders files, keeps what is referenced', () => {
    const made = content({
      dns: { labels: { 'io.openshift.build.commit.id': 'abc' } },
      unused: { labels: {} },
      'dns-operator': operator(
        file('02_deployment.yaml', `${configMap('dns', 'quay.io/openshift/origin-dns:latest')}`, MTIME + 5),
        file('0000_70_dns-operator_00.yaml', configMap('version', '0.0.1-snapshot')),
        file('image-references', imageReferences(['dns']), MTIME + 9),
        file('sub/lost.yaml', configMap('lost'), MTIME + 99),
      ),
    });
    assert.deepEqual(
      made.files.map(({ name }) => name),
      [
        'image-references',
        'release-metadata',
        '0000_70_dns-operator_00.yaml',
        '0000_50_dns-operator_02_deployment.yaml',
      ],
    );
    assert.match(
      text(made.files, '0000_50_dns-operator_02_deployment.yaml'),
      new RegExp(`"quay.io/okd/content@${DIGEST}"`),
    );
    assert.match(text(made.files, '0000_70_dns-operator_00.yaml'), new RegExp(`"${NAME}"`));
    assert.deepEqual(made.pruned, ['unused']);
    assert.deepEqual(
      made.files.map(({ mode, mtime }) => [mode, mtime - MTIME]),
      [
        [0o444, 9],
        [0o444, 9],
        [0o444, 0],
        [0o444, 5],
      ],
    );
    const dns = made.imageReferences.tags.find(({ name }) => name === 'dns');
    assert.deepEqual(dns?.annotations, {
      'io.openshift.build.commit.id': 'abc',
      'io.openshift.build.commit.ref': '',
      'io.openshift.build.source-location': '',
    });
  });

  it('the same input gives the same bytes, whatever the order of the components', () => {
    const make = (reverse: boolean) => {
      const entries = Object.entries({
        'cluster-version-operator': { labels: {} },
        a: operator(file('a.yaml', configMap('a1')), file('b.yaml', configMap('b1'))),
        b: operator(file('0000_10_x_.yaml', configMap('c1'))),
      } as Record<string, Component>);
      const ordered = reverse ? entries.toReversed() : entries;
      const rawConfig = Buffer.from(
        JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } }),
      );
      return assemble(
        {
          name: NAME,
          tags: ordered.map(([tag]) => newTag(tag, `quay.io/okd/content@${DIGEST}`)),
          components: new Map(ordered),
          base: {
            digest: digestOf('base'),
            mediaType: MEDIA.dockerManifest,
            manifest: {
              schemaVersion: 2,
              config: { mediaType: MEDIA.dockerConfig, digest: digestOf('c'), size: 1 },
              layers: [],
            },
            rawConfig,
            config: parseConfig(rawConfig, {}),
          },
        },
        OPTIONS,
      );
    };
    assert.equal(make(false).image.digest, make(true).image.digest);
  });

  it('a component given twice is refused by name', () => {
    const tags = ['cluster-version-operator', 'cli', 'cli'].map((tag) => newTag(tag, `quay.io/okd/content@${DIGEST}`));
    const components = new Map(tags.map(({ name }) => [name, { labels: {} }]));
    assert.throws(() => assembleContent({ name: NAME, tags, components }, OPTIONS), {
      code: 'PAYLOAD_COMPONENT_DUPLICATE',
      message: 'two components have the name "cli".',
    });
  });

  it('a component without a digest is refused', () => {
    const tags = [newTag('cluster-version-operator', 'quay.io/okd/cvo:latest')];
    const components = new Map([['cluster-version-operator', { labels: {} }]]);
    assert.throws(() => assembleContent({ name: NAME, tags, components }, OPTIONS), {
      code: 'PAYLOAD_COMPONENT_UNPINNED',
    });
  });

  it('an unknown component is named with what may have been meant', () => {
    const components = {
      'stream-coreos': { labels: {} },
      mco: operator(file('image-references', imageReferences(['rhel-coreos'])), file('a.yaml', configMap('a1'))),
    };
    assert.throws(
      () => content(components),
      (error: { code: string; message: string; hint: string; place: unknown }) => {
        assert.equal(error.code, 'PAYLOAD_COMPONENT_UNKNOWN');
        assert.equal(
          error.message,
          'operator "mco" contained an invalid image-references file: no input image tag named "rhel-coreos"',
        );
        assert.match(error.hint, /"stream-coreos"/);
        assert.deepEqual(error.place, { image: 'mco', file: 'manifests/image-references' });
        return true;
      },
    );
  });

  it('manifests that no cluster could read are refused with file and line, in any document', () => {
    const bad = (manifest: string) => () => content({ op: operator(file('a.yaml', manifest)) });
    assert.throws(bad(`${configMap('a1')}---\nfoo: bar\n`), {
      code: 'PAYLOAD_MANIFEST_INVALID',
      place: { file: 'op/a.yaml', line: 11 },
    });
    assert.throws(bad('a: b: c\n'), { code: 'PAYLOAD_YAML_INVALID', place: { file: 'op/a.yaml', line: 1 } });
    assert.throws(bad('- a\n'), { message: 'op/a.yaml: not a valid YAML/JSON object, got: - a' });
    assert.throws(bad('# nothing\n'), { message: 'op/a.yaml: not a valid YAML/JSON object, got: # nothing' });
  });

  it('versions that tags define differently are a conflict, equal ones are not', () => {
    const versions = (label: string): Component => ({ labels: { 'io.openshift.build.versions': label } });
    const op = operator(
      file('image-references', imageReferences(['cli', 'cli-artifacts'])),
      file('a.yaml', configMap('a1', '0.0.1-snapshot-kubectl')),
    );
    const same = content({ cli: versions('kubectl=1.34.2'), 'cli-artifacts': versions('kubectl=1.34.2'), op });
    assert.match(text(same.files, '0000_50_op_a.yaml'), /"1\.34\.2"/);
    assert.throws(() => content({ cli: versions('kubectl=1.34.2'), 'cli-artifacts': versions('kubectl=1.34.3'), op }), {
      message:
        'operator "op" contained an invalid image-references file: input image stream has multiple versions defined for version kubectl: cli-artifacts defines 1.34.3 but was already set to 1.34.2 on cli',
    });
    assert.throws(() => content({ x: versions('foo=1.0.0') }), {
      message: 'tag "x" references a component version "foo" which is not in the allowed list',
    });
  });

  it('the name must be an OKD version, or any semantic version where that is asked for', () => {
    assert.throws(() => content({}, {}, '4.21.0'), { code: 'PAYLOAD_NAME_INVALID' });
    assert.equal(content({}, { anyVersion: true }, '4.21.0').name, '4.21.0');
    assert.throws(() => content({}, { anyVersion: true }, '4.21'), { code: 'PAYLOAD_NAME_INVALID' });
    assert.throws(() => content({}, { previous: ['4.x'] }), {
      code: 'PAYLOAD_VERSION_INVALID',
      place: { field: '--previous' },
    });
  });

  it('included components stay, and are recorded', () => {
    const made = content({ cli: { labels: {} } }, { include: ['cli'] });
    assert.deepEqual(made.pruned, []);
    assert.equal(made.metadata.metadata['slipway.okd.io/include'], 'cli');
    assert.throws(() => content({ cli: { labels: {} } }, { include: ['clo'] }), {
      code: 'PAYLOAD_COMPONENT_UNKNOWN',
      hint: 'Did you mean cli?',
    });
  });

  it('an operator without manifests is warned about', () => {
    assert.deepEqual(content({ op: operator() }).warnings, [
      'The component "op" is labelled as an operator but has no manifests.',
      'No operator metadata was found, no operators will be part of the release.',
    ]);
  });
});

it('colliding names are numbered, and a numbered name is never taken twice', () => {
  const names = new ManifestNames();
  const taken = [
    ['a', '0000_10_a.yaml'],
    ['a', '0000_10_a_2.yaml'],
    ['b', '0000_10_a.yaml'],
    ['c', '0000_10_a.yaml'],
    ['c', 'x.json'],
  ].map(([tag = '', file = '']) => names.take(tag, file));
  assert.deepEqual(taken, [
    '0000_10_a.yaml',
    '0000_10_a_2.yaml',
    '0000_10_a_3.yaml',
    '0000_10_a_4.yaml',
    '0000_50_c_x.json',
  ]);
});

it('candidates share words or differ by a letter', () => {
  assert.deepEqual(nearest('rhel-coreos', ['cli', 'stream-coreos', 'etcd']), ['stream-coreos']);
  assert.deepEqual(nearest('etc', ['etcd', 'cli', 'machine-config-operator']), ['etcd', 'cli'].slice(0, 1));
});
