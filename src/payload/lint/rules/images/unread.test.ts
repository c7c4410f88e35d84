import assert from 'node:assert/strict';
import { it } from 'node:test';
import { explainPayload } from '../../../explain/explain.ts';
import type { DroppedEntry } from '../../../files.ts';
import { loadPayload } from '../../../info/load.ts';
import { component, layered } from '../../../testing/facts.ts';
import {
  configMap,
  file,
  imageStream,
  MTIME,
  OPERATOR,
  pushImage,
  temporaryRegistry,
} from '../../../testing/images.ts';
import { testRules } from '../../../testing/rules.ts';
import type { ComponentImage } from '../../../types.ts';
import { gatherFacts } from '../../facts.ts';
import { lintFacts } from '../../lint.ts';
import { UNREAD } from './unread.ts';

const entry = (name: string): DroppedEntry => ({ name, what: 'a symbolic link to "x"' });
const released = (...names: readonly string[]) => ({ payload: { dropped: names.map(entry) } });
const images = (name: string, change: Partial<ComponentImage>) => ({
  facts: { components: [component(name, change)] },
});
const operator = (change: Partial<ComponentImage>) => images('op', { labels: OPERATOR, ...change });
const good = layered('a.yaml', configMap('a1'));

testRules('what nobody reads', UNREAD, {
  P013: {
    bad: [
      ['error', released('0000_50_a_1.yaml')],
      ['warning', released('sub/0000_50_a_1.yaml')],
      ['warning', released('README')],
      ['error', images('cluster-version-operator', { dropped: [entry('a.yaml')] })],
      ['warning', images('cluster-version-operator', { manifests: [good, layered('sub/b.yaml', '')] })],
    ],
    good: [operator({ dropped: [entry('a.yaml')] }), images('cluster-version-operator', { manifests: [good] })],
  },
  I108: {
    bad: [
      ['error', operator({ dropped: [entry('a.yaml')] })],
      ['error', operator({ dropped: [entry('')] })],
      ['warning', operator({ manifests: [good, layered('sub/b.yaml', configMap('b1'))] })],
      ['info', operator({ dropped: [entry('README.md')] })],
    ],
    good: [
      operator({ manifests: [good] }),
      images('cli', { dropped: [entry('a.yaml')] }),
      images('cluster-version-operator', { labels: OPERATOR, dropped: [entry('a.yaml')] }),
    ],
  },
});

it('names image, path and kind of what is in real layers and is no manifest', async (t) => {
  const repository = (await temporaryRegistry(t)).repository('okd/content');
  const link = (path: string, linkname: string, type: 'symlink' | 'hardlink' = 'symlink') => {
    return { path, type, mode: 0o777, mtime: MTIME, linkname };
  };
  const cvo = await pushImage(repository, {
    layers: [
      [
        file('manifests/a.yaml', configMap('a')),
        link('manifests/b.yaml', 'a.yaml'),
        file('manifests/deeper/c.yaml', configMap('c')),
      ],
    ],
  });
  const op = await pushImage(repository, {
    labels: OPERATOR,
    layers: [
      [
        file('manifests/0000_50_op_1.yaml', configMap('c')),
        link('manifests/0000_50_op_2.yaml', '../vendor/crd.yaml'),
        link('manifests/0000_50_op_3.yaml', 'manifests/0000_50_op_2.yaml', 'hardlink'),
        file('manifests/deeper/0000_50_op_4.yaml', configMap('d')),
      ],
    ],
  });
  const spec = (digest: string) => `quay.io/okd/content@${digest}`;
  const metadata = { kind: 'cincinnati-metadata-v0', version: '4.21.0-okd-scos.0', previous: [], metadata: {} };
  const release = await pushImage(repository, {
    labels: { 'io.openshift.release.base-image-digest': cvo },
    layers: [
      [
        file(
          'release-manifests/image-references',
          imageStream({ 'cluster-version-operator': spec(cvo), op: spec(op) }),
        ),
        file('release-manifests/release-metadata', JSON.stringify(metadata)),
        file('release-manifests/0000_50_op_1.yaml', configMap('c')),
        link('release-manifests/0000_50_op_2.yaml', '/etc/passwd'),
        file('release-manifests/deeper/0000_50_op_4.yaml', configMap('d')),
      ],
    ],
  });
  const payload = await loadPayload(repository, release, { name: 'quay.io/okd/release' });
  const facts = await gatherFacts(payload, { resolve: () => repository, at: new Date(0) });
  // What is in sub-folders is named, and is neither judged nor explained.
  assert.deepEqual(
    facts.files.map(({ file: { name } }) => name),
    ['0000_50_op_1.yaml'],
  );
  assert.deepEqual(
    explainPayload(payload).objects.map(({ file: name }) => name),
    ['0000_50_op_1.yaml'],
  );
  assert.deepEqual(
    facts.base?.map(({ name }) => name),
    ['a.yaml'],
  );
  assert.deepEqual(
    lintFacts(facts, UNREAD).map(({ rule, severity, message, place }) => [
      `${rule} ${severity}`,
      `${place.image}: ${place.file}`,
      message.split(':')[0],
    ]),
    [
      [
        'P013 error',
        `quay.io/okd/release@${release}: release-manifests/0000_50_op_2.yaml`,
        '/release-manifests/0000_50_op_2.yaml is a symbolic link to "/etc/passwd"',
      ],
      [
        'P013 warning',
        `quay.io/okd/release@${release}: release-manifests/deeper/0000_50_op_4.yaml`,
        '/release-manifests/deeper/0000_50_op_4.yaml is in a sub-folder',
      ],
      ['P013 error', `${spec(cvo)}: manifests/b.yaml`, '/manifests/b.yaml is a symbolic link to "a.yaml"'],
      ['P013 warning', `${spec(cvo)}: manifests/deeper/c.yaml`, '/manifests/deeper/c.yaml is in a sub-folder'],
      [
        'I108 error',
        `${spec(op)}: manifests/0000_50_op_2.yaml`,
        '/manifests/0000_50_op_2.yaml of "op" is a symbolic link to "../vendor/crd.yaml"',
      ],
      [
        'I108 error',
        `${spec(op)}: manifests/0000_50_op_3.yaml`,
        '/manifests/0000_50_op_3.yaml of "op" is a hard link to "manifests/0000_50_op_2.yaml", which is no file',
      ],
      [
        'I108 warning',
        `${spec(op)}: manifests/deeper/0000_50_op_4.yaml`,
        '/manifests/deeper/0000_50_op_4.yaml of "op" is in a sub-folder',
      ],
    ],
  );
});
