import assert from 'node:assert/strict';
import { it } from 'node:test';
import { diffPayloads } from '../diff/diff.ts';
import { formatDiff } from '../diff/text.ts';
import { component, digest, facts, tag } from '../testing/facts.ts';
import { payloadInfo } from './info.ts';
import { releaseSize, sizeLines } from './sizes.ts';
import { formatInfo, formatList } from './text.ts';

const NOW = new Date('2026-11-25T05:15:00Z');
const layer = (name: string, size: number) => ({ mediaType: 'layer', digest: digest(name), size });

it('a layer that two images have is unique to none, but shown once', () => {
  const images = [
    component('a', { layers: [layer('base', 100), layer('a', 10)] }),
    component('b', { layers: [layer('base', 100), layer('shared', 5)] }),
    component('c', { layers: [layer('other', 50), layer('shared', 5)] }),
    component('d', { layers: [layer('base', 100), layer('shared', 5)] }),
  ];
  const size = releaseSize(images);
  assert.deepEqual(
    size.images.map(({ size, unique, base }) => [size, unique, base]),
    [
      [110, 10, 0],
      [105, 5, 0],
      [55, 50, 1],
      [105, 0, 0],
    ],
  );
  assert.deepEqual([size.layers, size.bytes, size.bases], [4, 165, 2]);
  const lines = sizeLines(images, NOW);
  assert.match(lines[0] ?? '', /BASE$/);
  assert.match(lines[3] ?? '', /\t {2}B$/);
  assert.equal(lines.at(-1), '  165B across 4 layers, 2 different base images');
});

it('a component without a digest is shown by its pull spec, and has no line among digests', async () => {
  const unpinned = { ...tag('b'), from: { kind: 'DockerImage', name: 'quay.io/okd/x:b' } };
  const { payload } = await facts({ tags: [tag('a'), unpinned] });
  assert.match(formatInfo(payloadInfo(payload)), /\n {2}b +quay\.io\/okd\/x:b\n/);
  assert.throws(() => formatList(payloadInfo(payload), 'digest'), {
    code: 'PAYLOAD_COMPONENT_UNPINNED',
    message: 'b does not point to a digest.',
  });
});

it('a component whose name is no pull spec is shown as it stands, as oc does', async () => {
  const names = [`http://quay.io/okd/x@${digest('x')}`, `quay.io/X/y@${digest('x')}`, 'quay.io/okd/x@sha256:12'];
  const tags = names.map((name, index) => ({ ...tag(`a${index}`), from: { kind: 'DockerImage', name } }));
  const text = formatInfo(payloadInfo((await facts({ tags })).payload));
  for (const [index, name] of names.entries()) assert.ok(text.includes(`\n  a${index}   ${name}\n`), text);
  const empty = { ...tag('a'), from: { kind: 'DockerImage', name: '' } };
  assert.match(formatInfo(payloadInfo((await facts({ tags: [empty] })).payload)), /\n {2}a *\n/);
});

it('warnings stand under the images', async () => {
  const { payload } = await facts({
    tags: [
      tag('a', { 'io.openshift.build.versions': 'kernel=1.0.0' }),
      tag('b', { 'io.openshift.build.versions': 'kernel=1.0.1' }),
    ],
  });
  assert.match(
    formatInfo(payloadInfo(payload)),
    /\n\nWarnings:\n\* multiple versions or display names reported for the following component\(s\): kernel\n\n$/,
  );
});

it('changes are told apart: another commit, another build, added, removed', async () => {
  const commit = (id: string) => ({ 'io.openshift.build.commit.id': id });
  const other = (name: string, annotations: Readonly<Record<string, string>>) => ({
    ...tag(name, annotations),
    from: { kind: 'DockerImage', name: `quay.io/okd/x@${digest(`${name} new`)}` },
  });
  const a = await facts({ tags: [tag('changed', commit('a')), tag('gone'), tag('rebuilt', commit('b')), tag('same')] });
  const b = await facts({
    tags: [other('changed', commit('c')), tag('new'), other('rebuilt', commit('b')), tag('same')],
    image: { digest: digest('b') },
  });
  const diff = diffPayloads(a.payload, b.payload);
  assert.deepEqual(
    diff.images.map(({ name, kind }) => [name, kind]),
    [
      ['changed', 'changed'],
      ['gone', 'removed'],
      ['new', 'added'],
      ['rebuilt', 'rebuilt'],
    ],
  );
  assert.match(
    formatDiff(diff, NOW, { commits: true }),
    /\n {2}changed https:\/\/github\.com\/openshift\/x\/compare\/a\.\.\.c\n/,
  );
});
