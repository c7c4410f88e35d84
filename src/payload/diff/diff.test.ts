import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { changelogOf } from '../changelog/changelog.ts';
import { formatChangelogMarkdown } from '../changelog/markdown.ts';
import type { PayloadFile } from '../files.ts';
import { payloadInfo } from '../info/info.ts';
import { loadPayload } from '../info/load.ts';
import { formatInfo } from '../info/text.ts';
import { configMap, file, pushImage, temporaryRegistry } from '../testing/images.ts';
import { shared } from '../testing/shared.ts';
import { StoredRegistry } from '../testing/stored-registry.ts';
import type { JsonValue } from '../text/json-value.ts';
import type { ComponentImage, Payload } from '../types.ts';
import { diffPayloads } from './diff.ts';
import { diffFields } from './fields.ts';
import { diffResources, resourceLines } from './resources.ts';
import { diffSizes, sizeDifferenceLines } from './sizes.ts';
import { formatDiff } from './text.ts';

function payloadWith(files: Readonly<Record<string, string>>): Payload {
  return {
    files: Object.entries(files).map(
      ([name, text]): PayloadFile => ({ name, bytes: Buffer.from(text), mode: 0o444, mtime: 0 }),
    ),
  } as unknown as Payload;
}

describe('fields', () => {
  it('are told by path, items of lists by their names', () => {
    const container = (name: string, image: string) => ({ name, image });
    assert.deepEqual(
      diffFields(
        { a: 1, list: [container('x', 'i1'), container('y', 'i2')], args: ['-v', '2'], gone: true, 'a/b': 'c' },
        {
          a: 1,
          list: [container('y', 'i3'), container('x', 'i1')],
          args: ['-v', '4', '--more'],
          here: null,
          'a/b': 'd',
        },
      ),
      [
        { path: '["a/b"]', from: 'c', to: 'd' },
        { path: 'args[1]', from: '2', to: '4' },
        { path: 'args[2]', to: '--more' },
        { path: 'gone', from: true },
        { path: 'here', to: null },
        { path: 'list[name=y].image', from: 'i2', to: 'i3' },
      ],
    );
  });

  it('are looked for inside of JSON that stands in a text, and told by lines of other texts', () => {
    const json = (version: string) => JSON.stringify({ version, images: { a: 'b' } }, undefined, 2);
    const script = (line: string) => ['#!/bin/sh', 'set -e', line, 'exit 0', ''].join('\n');
    assert.deepEqual(
      diffFields(
        { data: { 'x.json': json('1'), 'y.sh': script('one'), z: 'a\nb' } },
        { data: { 'x.json': json('2'), 'y.sh': script('two\nmore'), z: 'a\nc' } },
      ),
      [
        { path: 'data["x.json"]▸version', from: '1', to: '2' },
        { path: 'data["y.sh"], from line 3', from: 'one', to: 'two\nmore' },
        { path: 'data.z', from: 'a\nb', to: 'a\nc' },
      ],
    );
    // The same JSON, written otherwise, is another text.
    assert.deepEqual(diffFields({ a: '{"b": 1}' }, { a: '{"b":1}' }), [{ path: 'a', from: '{"b": 1}', to: '{"b":1}' }]);
  });

  it('are told by lines, or as texts, of JSON that is nested beyond measure', () => {
    const deep = (inner: string) => `${'['.repeat(100_000)}${inner}${']'.repeat(100_000)}`;
    assert.deepEqual(diffFields({ a: deep('1') }, { a: deep('2') }), [{ path: 'a', from: deep('1'), to: deep('2') }]);
    // Each text within the bound, one in the other.
    const boxed = (inner: string): string => {
      let text = inner;
      for (let n = 0; n < 10; n++) text = `${'['.repeat(499)}${JSON.stringify(text)}${']'.repeat(499)}`;
      return text;
    };
    assert.equal(diffFields({ a: boxed('1') }, { a: boxed('2') }).length, 1);
  });

  it('are none between equal values, and some between different ones', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = [JSON.parse(JSON.stringify(a)) as JsonValue, JSON.parse(JSON.stringify(b)) as JsonValue];
        assert.deepEqual(diffFields(x, structuredClone(x)), []);
        let same = true;
        try {
          assert.deepEqual(x, y);
        } catch {
          same = false;
        }
        // The order of named items in a list is no difference, and arrays of objects are rare here.
        if (!same && !JSON.stringify([x, y]).includes('"name"')) assert.notDeepEqual(diffFields(x, y), []);
      }),
    );
  });
});

describe('objects of two releases', () => {
  it('are found again in other files, under other API versions, and in their variants', () => {
    const crd = (set: string, field: string, version = 'v1') =>
      `apiVersion: apiextensions.k8s.io/${version}\nkind: CustomResourceDefinition\nmetadata:\n  name: things\n  annotations:\n    release.openshift.io/feature-set: ${set}\nspec:\n  field: ${field}\n`;
    const from = payloadWith({
      '0000_10_a.yaml': `${configMap('one')}---\n${configMap('two', 'old')}`,
      '0000_10_b_Default.yaml': crd('Default', 'd'),
      '0000_10_b_Tech.yaml': crd('TechPreviewNoUpgrade', 't'),
      '0000_10_c.yaml': configMap('gone'),
      'README.md': 'not compared',
    });
    const to = payloadWith({
      '0000_10_a.yaml': configMap('two', 'new'),
      '0000_20_elsewhere.yaml': configMap('one'),
      '0000_11_b_Default.yaml': crd('Default', 'd', 'v2'),
      '0000_11_b_Tech.yaml': crd('TechPreviewNoUpgrade', 't2'),
      '0000_30_new.yaml': configMap('new'),
      '0000_99_broken.yaml': 'kind: [',
    });
    const { resources, unchanged, unreadable } = diffResources(from, to);
    assert.deepEqual(
      resources.map(({ kind, name, change, fields }) => [kind, name, change, fields.map(({ path }) => path)]),
      [
        ['ConfigMap', 'gone', 'removed', []],
        ['ConfigMap', 'new', 'added', []],
        ['ConfigMap', 'one', 'moved', []],
        ['ConfigMap', 'two', 'changed', ['data.value']],
        ['CustomResourceDefinition', 'things', 'changed', ['apiVersion']],
        ['CustomResourceDefinition', 'things', 'changed', ['spec.field']],
      ],
    );
    assert.equal(unchanged, 0);
    assert.deepEqual(
      unreadable.map(({ release, file: name }) => [release, name]),
      [['to', '0000_99_broken.yaml']],
    );
    const text = resourceLines({ resources, unchanged, unreadable }).join('\n');
    assert.match(text, /ConfigMap test\/two \(v1\) in 0000_10_a.yaml\n {4}~ data.value: "old" → "new"/);
    assert.match(text, /0000_10_a.yaml → 0000_20_elsewhere.yaml/);
    assert.match(text, /Files Not Compared:\n {2}0000_99_broken.yaml \(to\)/);
  });

  it('of the recorded releases', async (t) => {
    const folder = shared(t, 'golden');
    if (folder === undefined) return;
    const registry = await StoredRegistry.open(`${folder}/registry-storage.tar.gz`);
    const name = '127.0.0.1:5099/cl/release';
    const load = (tag: string) => loadPayload(registry.repository(name), tag, { name });
    const { resources } = diffResources(await load('4.99.10'), await load('4.99.11'));
    const told = resources.map(
      ({ kind, name: object, change, fields }) =>
        `${change} ${kind} ${object}: ${fields.map(({ path }) => path).join(' ')}`,
    );
    assert.ok(
      told.includes(
        'changed FeatureGate cluster: status.featureGates[0].disabled[name=GateB] status.featureGates[0].disabled[name=GateD] status.featureGates[0].enabled[name=GateB]',
      ),
      told.join('\n'),
    );
    assert.ok(
      told.some((line) => line.startsWith('changed Deployment ') && line.includes('image')),
      told.join('\n'),
    );
    assert.ok(told.some((line) => line.startsWith('removed ')));
  });
});

describe('sizes', () => {
  it('say what a client that has the earlier release must fetch', () => {
    const image = (name: string, digest: string, layers: Readonly<Record<string, number>>): ComponentImage =>
      ({
        name,
        digest,
        layers: Object.entries(layers).map(([layer, size]) => ({ digest: layer, size })),
      }) as unknown as ComponentImage;
    const from = [
      image('a', 'a1', { base: 100, a: 10 }),
      image('b', 'b1', { base: 100, b: 5 }),
      image('gone', 'g', { base: 100 }),
    ];
    const to = [
      image('a', 'a2', { base: 100, a2: 20 }),
      image('b', 'b1', { base: 100, b: 5 }),
      image('new', 'n', { base: 100, a2: 20, n: 1 }),
    ];
    const sizes = diffSizes(from, to);
    assert.deepEqual(sizes, {
      from: 115,
      to: 126,
      shared: 105,
      fresh: 21,
      images: [
        { name: 'a', from: 110, to: 120, fresh: 20 },
        { name: 'gone', from: 100, fresh: 0 },
        { name: 'new', to: 121, fresh: 21 },
      ],
    });
    assert.equal(sizeDifferenceLines(sizes).at(-1), '115B before, 126B now: 105B in layers of both, 21B in new ones');
  });
});

/** A release image around the `image-references` of a real payload. */
async function realPayload(t: TestContext, name: string): Promise<Payload | undefined> {
  const path = shared(t, `image-references/${name}`);
  if (path === undefined) return undefined;
  const references = readFileSync(path, 'utf8');
  const version: string = JSON.parse(references).metadata.name;
  const repository = (await temporaryRegistry(t)).repository('release');
  const metadata = JSON.stringify({ kind: 'cincinnati-metadata-v0', version, previous: ['4.8.0'] });
  const digest = await pushImage(repository, {
    layers: [
      [file('etc/base', '')],
      [file('release-manifests/image-references', references), file('release-manifests/release-metadata', metadata)],
    ],
  });
  return await loadPayload(repository, digest);
}

describe('real payloads of 140 and 146 images', () => {
  it('load, and are compared', async (t) => {
    const from = await realPayload(t, 'ocp-4.8-image-references.json');
    const to = await realPayload(t, 'ocp-4.10-image-references.json');
    if (from === undefined || to === undefined) return;
    assert.deepEqual([from.images.length, to.images.length], [140, 146]);
    for (const payload of [from, to]) {
      const lines = formatInfo(payloadInfo(payload), 'commit-urls').split('\n');
      assert.equal(lines.filter((line) => line.includes('https://github.com/openshift')).length > 130, true);
    }
    const diff = diffPayloads(from, to);
    // Counted independently of the code under test: names and commits as the two files have them.
    const tags = (payload: Payload) => new Map(payload.imageReferences.tags.map((tag) => [tag.name, tag]));
    const [before, after] = [tags(from), tags(to)];
    const count = (kind: string) => diff.images.filter((image) => image.kind === kind).length;
    assert.equal(count('added'), [...after.keys()].filter((name) => !before.has(name)).length);
    assert.equal(count('removed'), [...before.keys()].filter((name) => !after.has(name)).length);
    assert.equal(after.size - before.size, count('added') - count('removed'));
    assert.match(
      formatDiff(diff, new Date('2026-01-01T00:00:00Z'), { commits: true }),
      /\/compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}/,
    );
    const changelog = await changelogOf(diff, undefined);
    assert.equal(
      changelog.changed.reduce((sum, { images }) => sum + images.length, 0) +
        changelog.unknownSource.length +
        changelog.rebuilt.length,
      diff.images.length - count('added') - count('removed'),
    );
    assert.match(formatChangelogMarkdown(changelog), /\* Kubernetes upgraded from 1\.21\.0-rc\.0 to 1\.22\.1\n/);
  });
});
