import assert from 'node:assert/strict';
import { it } from 'node:test';
import { changelogOf } from '../changelog/changelog.ts';
import { formatChangelogMarkdown } from '../changelog/markdown.ts';
import { diffPayloads } from '../diff/diff.ts';
import { diffReportValue } from '../diff/report.ts';
import { formatDiff } from '../diff/text.ts';
import { component, digest, facts, pullSpec, tag } from '../testing/facts.ts';
import { imageFor, payloadInfo } from './info.ts';
import { formatInfoJson } from './json.ts';
import { releaseSize, sizeLines } from './sizes.ts';
import { formatContents, formatInfo, formatList } from './text.ts';

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

it('a version that can not be read is a warning, and what else is declared is told', async () => {
  const versions = (name: string, text: string, names = '') =>
    tag(name, { 'io.openshift.build.versions': text, 'io.openshift.build.version-display-names': names });
  const { payload } = await facts({
    tags: [
      versions('stream-coreos', 'machine-os=9.6.20250101-0', 'machine-os=CentOS Stream CoreOS 9.6'),
      versions('hyperkube', 'kubernetes=1.30'),
      versions('node', 'kubelet=1.0.0', 'kubelet=a_b'),
    ],
  });
  const info = payloadInfo(payload);
  const warnings = [
    'the referenced image hyperkube had an invalid version annotation: the version pair "kubernetes=1.30" must have a valid semantic version: No Major.Minor.Patch elements found',
    'the referenced image node had an invalid version annotation: the display name "a_b" must only be alphanumerics, spaces, and symbols in [().:-]',
  ];
  assert.ok(formatInfo(info).endsWith(`\n\nWarnings:\n* ${warnings.join('\n* ')}\n\n`));
  assert.match(formatInfo(info), /\n {2}machine-os 9\.6\.20250101-0 CentOS Stream CoreOS 9\.6\n/);
  assert.deepEqual(JSON.parse(formatInfoJson(info)).warnings, warnings);
});

it('components that are named by a tag are others when their pull specs are', async () => {
  const at = (name: string, where: string) => ({ ...tag(name), from: { kind: 'DockerImage', name: where } });
  const a = await facts({ tags: [at('app', 'q.io/a/b:v1'), at('gone', 'q.io/a/g:v1'), at('same', 'q.io/a/s:v1')] });
  const b = await facts({
    tags: [at('app', 'q.io/a/b:v2'), at('new', 'no/Such Spec'), at('same', 'q.io/a/s:v1')],
    image: { digest: digest('b') },
  });
  const diff = diffPayloads(a.payload, b.payload);
  assert.match(
    formatDiff(diff, NOW),
    /\nImages Rebuilt:\n {2}app {2}q\.io\/a\/b:v1 q\.io\/a\/b:v2\n\nImages Added:\n {2}new {2}no\/Such Spec\n\nImages Removed:\n {2}gone\n/,
  );
  assert.deepEqual(
    diffReportValue({ diff }).images.map(({ name, from, to }) => [name, from?.digest, from?.pullSpec, to?.pullSpec]),
    [
      ['app', null, 'q.io/a/b:v1', 'q.io/a/b:v2'],
      ['gone', null, 'q.io/a/g:v1', undefined],
      ['new', undefined, undefined, 'no/Such Spec'],
    ],
  );
  const changelog = formatChangelogMarkdown(await changelogOf(diff, undefined));
  assert.match(changelog, /### Rebuilt images without code change\n\n\* \[app\]\(.*\) git .* `:v2`\n\n/);
});

it('tags that name no image stand among names only', async () => {
  const { from: _, ...nowhere } = tag('nowhere');
  const tags = [tag('a'), nowhere, { ...tag('elsewhere'), from: { kind: 'ImageStreamTag', name: 'x:y' } }];
  const { payload } = await facts({ tags });
  const info = payloadInfo(payload);
  assert.equal(formatList(info, 'name'), 'a\nnowhere\nelsewhere\n');
  assert.equal(formatList(info, 'pullspec'), `${pullSpec('a')}\n`);
  assert.equal(formatList(info, 'digest'), `${digest('a')}\n`);
  assert.doesNotMatch(formatInfo(info), /nowhere|elsewhere/);
  for (const name of ['nowhere', 'elsewhere'])
    assert.throws(() => imageFor(payload, name), { code: 'PAYLOAD_COMPONENT_UNKNOWN' });
  const empty = await facts({ tags: [], image: { digest: digest('b') } });
  assert.deepEqual(
    diffPayloads(empty.payload, payload).images.map(({ name }) => name),
    ['a'],
  );
});

it('the bytes of manifests are printed as they are', async () => {
  const { payload } = await facts();
  const files = [
    { name: 'a.yaml', bytes: Buffer.from([0xff, 0xfe, 0x0a]), mode: 0o444, mtime: 0 },
    { name: 'b.yaml', bytes: Buffer.alloc(0), mode: 0o444, mtime: 0 },
    { name: 'c.yaml', bytes: Buffer.from([0xc3]), mode: 0o444, mtime: 0 },
  ];
  assert.deepEqual(
    Buffer.from(formatContents(payloadInfo({ ...payload, files }))),
    Buffer.from('# a.yaml\n\xff\xfe\n# b.yaml\n# c.yaml\n\xc3\n', 'latin1'),
  );
});

it('the configuration is shown as oc shows it: its size that of the layers, and nothing that it does not say', async () => {
  const shown = async (fields: object) => {
    const rawConfig = Buffer.from(JSON.stringify({ created: '2026-01-01T00:00:00Z', rootfs: {}, ...fields }));
    const { payload } = await facts();
    const config = { ...payload.image.config, os: '', architecture: '' };
    return payloadInfo({ ...payload, image: { ...payload.image, rawConfig, config } });
  };
  const own = { size: 77, 'os.features': ['f'], 'os.version': '1', os: 'linux', config: null };
  const { config } = JSON.parse(formatInfoJson(await shown(own)));
  assert.deepEqual(Object.keys(config), [
    'id',
    'created',
    'container_config',
    'size',
    'rootfs',
    'os',
    'os.version',
    'os.features',
  ]);
  assert.equal(config.size, 2);
  assert.equal((await shown({})).platform, 'unknown/unknown');
  for (const size of ['1', 1.5]) {
    const info = await shown({ size });
    assert.throws(() => formatInfoJson(info), { code: 'PAYLOAD_CONFIG_INVALID' });
  }
});

it('a release whose image was made at no time is refused', async () => {
  const { payload } = await facts();
  for (const created of ['not a time', '2024-01-01', '2024-02-30T00:00:00Z']) {
    const image = { ...payload.image, config: { ...payload.image.config, created } };
    assert.throws(() => payloadInfo({ ...payload, image }), {
      code: 'PAYLOAD_CONFIG_INVALID',
      place: { image: payload.reference, field: 'created' },
    });
  }
});
