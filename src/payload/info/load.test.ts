import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Digest, ImageSource, NewEntry, Repository } from '../../oci/index.ts';
import { diffPayloads } from '../diff/diff.ts';
import { formatDiff } from '../diff/text.ts';
import { newPayload, parseImageStream } from '../index.ts';
import { gatherFacts } from '../lint/facts.ts';
import { STRUCTURE } from '../lint/rules/release/structure.ts';
import {
  configMap,
  file,
  imageReferences,
  imageStream,
  MTIME,
  OPERATOR,
  pushImage,
  temporaryRegistry,
} from '../testing/images.ts';
import type { Payload } from '../types.ts';
import { payloadInfo } from './info.ts';
import { formatInfoJson } from './json.ts';
import { loadPayload } from './load.ts';
import { formatInfo } from './text.ts';

const VERSION = '4.21.0-okd-scos.0';
const link = (path: string, linkname: string): NewEntry => ({
  path,
  type: 'symlink',
  mode: 0o777,
  mtime: MTIME,
  linkname,
});

/** Repositories with a release of one operator, and the layers of its image as tar entries. */
async function released(t: TestContext) {
  const registry = await temporaryRegistry(t);
  const [content, release] = [registry.repository('okd/content'), registry.repository('okd/release')];
  const cvo = [[file('usr/bin/cluster-version-operator', 'cvo')], [file('manifests/cvo.yaml', configMap('cvo'))]];
  const specs = {
    'cluster-version-operator': await pushImage(content, { layers: cvo }),
    operator: await pushImage(content, {
      labels: OPERATOR,
      layers: [
        [
          file('manifests/image-references', imageReferences(['operator'])),
          file('manifests/a.yaml', configMap('good')),
          file('manifests/b.yaml', configMap('b')),
        ],
      ],
    }),
  };
  const named = Object.fromEntries(
    Object.entries(specs).map(([name, digest]) => [name, `localhost:8080/okd/content@${digest}`]),
  );
  const made = await newPayload(
    { imageStream: parseImageStream(imageStream(named), 'is.json') },
    {
      name: VERSION,
      creationTimestamp: new Date(0),
      referenceMode: 'source',
      resolve: () => content,
      to: release,
    },
  );
  const payload = made.files.map(({ name, bytes }) => file(`release-manifests/${name}`, Buffer.from(bytes).toString()));
  return { content, release, cvo, payload, base: specs['cluster-version-operator'], digest: made.digest };
}

/** A repository that notes which blobs are fetched from it. */
function watched(source: Repository): { readonly source: ImageSource; readonly fetched: Digest[] } {
  const fetched: Digest[] = [];
  return {
    fetched,
    source: {
      name: source.name,
      manifest: (reference) => source.manifest(reference),
      blob: (descriptor) => {
        fetched.push(descriptor.digest);
        return source.blob(descriptor);
      },
    },
  };
}

const A = 'release-manifests/0000_50_operator_a.yaml';
const B = 'release-manifests/0000_50_operator_b.yaml';
const Z = 'release-manifests/0000_50_operator_z.yaml';

describe('a release image whose layers', () => {
  it('are those that `release new` made is read by its last layer alone', async (t) => {
    const { release, digest } = await released(t);
    const { source, fetched } = watched(release);
    const payload = await loadPayload(source, VERSION);
    assert.equal(payload.digest, digest);
    assert.deepEqual(fetched, [payload.image.manifest.config.digest, payload.image.manifest.layers.at(-1)?.digest]);
    assert.deepEqual([payload.strays, payload.warnings, payload.payloadLayer], [[], [], 2]);
  });

  it('were changed by one on top is read as a cluster sees it, and lint names what oc does not see', async (t) => {
    const { release, content, cvo, payload, base } = await released(t);
    const upper = [
      file(A, configMap('evil')),
      file(Z, configMap('z')),
      file('release-manifests/.wh.0000_50_operator_b.yaml', ''),
      file('manifests/evil.yaml', configMap('own')),
    ];
    const labels = { 'io.openshift.release': VERSION, 'io.openshift.release.base-image-digest': base };
    const digest = await pushImage(release, { labels, layers: [...cvo, payload, upper] });
    const read = await loadPayload(release, digest);
    assert.deepEqual(
      read.files.map(({ name }) => `release-manifests/${name}`),
      ['release-manifests/image-references', 'release-manifests/release-metadata', A, Z],
    );
    assert.match(Buffer.from(read.files[2]?.bytes ?? []).toString(), /name: evil/);
    const strays = ['manifests/evil.yaml', A, B, Z];
    assert.deepEqual([read.strays, read.payloadLayer], [strays, 2]);
    assert.match(read.warnings.join(), /4 files: manifests\/evil\.yaml, /);
    const facts = await gatherFacts(read, { resolve: () => content, at: new Date(0) });
    const problems = [...(STRUCTURE.find(({ id }) => id === 'P004')?.check(facts) ?? [])];
    assert.deepEqual(
      problems.map(({ severity }) => severity),
      ['error', 'error'],
    );
    assert.match(problems[1]?.message ?? '', new RegExp(strays.join(', ').replaceAll('.', '\\.')));
    // As oc does: there is nothing in the last layer.
    await assert.rejects(loadPayload(release, digest, { lastLayerOnly: true }), { code: 'PAYLOAD_MISSING' });
  });

  it('have a whole payload on top of another show files of both, as a cluster does', async (t) => {
    const { release, cvo, payload } = await released(t);
    const upper = [...payload.filter(({ path }) => !path.endsWith('.yaml')), file(Z, configMap('z'))];
    const digest = await pushImage(release, { layers: [...cvo, payload, upper] });
    const read = await loadPayload(release, digest);
    assert.deepEqual(read.files.map(({ name }) => name).sort(), [
      '0000_50_operator_a.yaml',
      '0000_50_operator_b.yaml',
      '0000_50_operator_z.yaml',
      'image-references',
      'release-metadata',
    ]);
    assert.deepEqual([read.strays, read.payloadLayer], [[A, B], 3]);
    const seen = await loadPayload(release, digest, { lastLayerOnly: true });
    assert.deepEqual([seen.files.length, seen.strays], [3, []]);
  });

  it('delete the payload, or put a link in its place, has none', async (t) => {
    const { release, cvo, payload } = await released(t);
    for (const entry of [file('.wh.release-manifests', ''), link('release-manifests', 'elsewhere')]) {
      const digest = await pushImage(release, { layers: [...cvo, payload, [entry]] });
      await assert.rejects(loadPayload(release, digest), { code: 'PAYLOAD_MISSING' });
    }
  });

  it('hold links says that they were not followed', async (t) => {
    const { release, payload } = await released(t);
    const digest = await pushImage(release, { layers: [[...payload, link(Z, '/etc/passwd')]] });
    const { files, warnings } = await loadPayload(release, digest);
    assert.equal(files.length, 4);
    assert.match(warnings.join(), /^Not read of \/release-manifests: "0000_50_operator_z\.yaml" \(a symbolic link to /);
  });
});

describe('a release without metadata, or with such of another kind,', () => {
  it('is shown as oc shows it, with a warning; nobody else takes it', async (t) => {
    const { release, payload } = await released(t);
    const others = payload.filter(({ path }) => !path.endsWith('release-metadata'));
    const bare = await pushImage(release, { layers: [others] });
    const foreign = await pushImage(release, {
      layers: [[...others, file('release-manifests/release-metadata', '{"kind":"other","version":"1"}')]],
    });
    const whole = await pushImage(release, { layers: [payload] });
    await assert.rejects(loadPayload(release, bare), { code: 'PAYLOAD_MISSING' });
    await assert.rejects(loadPayload(release, foreign), { code: 'PAYLOAD_METADATA_INVALID' });
    const [lacking, odd, sound] = await Promise.all(
      [bare, foreign, whole].map((digest) => loadPayload(release, digest, { asIs: true })),
    );
    assert.ok(lacking && odd && sound);
    const warnings = [lacking, odd, sound].map((read) => read.warnings);
    assert.deepEqual(warnings, [
      ['It has no /release-manifests/release-metadata: no cluster takes it.'],
      ['No cluster takes it: release-metadata: the value does not fit: must be cincinnati-metadata-v0.'],
      [],
    ]);
    const text = formatInfo(payloadInfo(lacking));
    assert.match(text, new RegExp(`^Name: +${VERSION}\\n[\\s\\S]*\\n\\nPull From: \\S+\\n\\nImages:\\n`));
    assert.equal(JSON.parse(formatInfoJson(payloadInfo(lacking))).metadata, null);
    assert.equal(JSON.parse(formatInfoJson(payloadInfo(odd))).metadata.kind, 'other');
    assert.match(formatInfo(payloadInfo(odd)), /\nRelease Metadata:\n {2}Version: +1\n/);
    const told = (a: Payload, b: Payload) => formatDiff(diffPayloads(a, b), new Date());
    assert.match(told(lacking, sound), /\nHas Release Metadata: +Yes *\n/);
    assert.match(told(sound, lacking), /\nHas Release Metadata: +Yes *\n/);
    assert.match(told(odd, sound), new RegExp(`\\nVersion: +1 +${VERSION}\\n`));
    const broken = await pushImage(release, { layers: [[...others, file('release-manifests/release-metadata', '{')]] });
    await assert.rejects(loadPayload(release, broken, { asIs: true }), { code: 'PAYLOAD_METADATA_INVALID' });
  });
});

describe('lint of a release whose history is forged', () => {
  it('finds the layer below that is not of the base image', async (t) => {
    const { release, content, digest } = await released(t);
    const facts = await gatherFacts(await loadPayload(release, digest), { resolve: () => content, at: new Date(0) });
    const rule = STRUCTURE.find(({ id }) => id === 'P004');
    assert.deepEqual([...(rule?.check(facts) ?? [])], []);
    const { image } = facts.payload;
    const [first, ...others] = image.manifest.layers;
    assert.ok(first !== undefined);
    const layers = [first, first, ...others];
    const forged = { ...facts.payload, payloadLayer: 3, image: { ...image, manifest: { ...image.manifest, layers } } };
    assert.match(
      [...(rule?.check({ ...facts, payload: forged }) ?? [])].map(({ message }) => message).join(),
      /^The layers below the payload are not those of "cluster-version-operator"/,
    );
  });
});
