import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadImage, type NewEntry, parseConfig } from '../../oci/index.ts';
import type { SlipwayError } from '../../util/index.ts';
import { writePayloadFolder } from '../create/outputs.ts';
import { OperatorManifests } from '../images/operator-manifests.ts';
import { loadPayload } from '../info/load.ts';
import { parseManifests } from '../manifest/parse.ts';
import { configMap, file, pushImage, temporaryRegistry } from '../testing/images.ts';
import { extractManifests } from './manifests.ts';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
const STREAM = JSON.stringify({
  kind: 'ImageStream',
  apiVersion: 'image.openshift.io/v1',
  metadata: { name: '4.21.0' },
});
const METADATA = JSON.stringify({ kind: 'cincinnati-metadata-v0', version: '4.21.0', previous: [] });

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-hostile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function released(t: TestContext, entries: readonly NewEntry[]) {
  const repository = (await temporaryRegistry(t)).repository('okd/release');
  const layer = [
    file('release-manifests/image-references', STREAM),
    file('release-manifests/release-metadata', METADATA),
    ...entries,
  ];
  return await loadPayload(repository, await pushImage(repository, { layers: [layer] }));
}

describe('hostile payloads', () => {
  it('of files that are too much together, each small enough, are refused before they fill the memory', async (t) => {
    const filler = { ...file('', ''), content: Buffer.alloc(15 << 20, '#') };
    const many = Array.from({ length: 5 }, (_, n) => ({ ...filler, path: `release-manifests/0000_50_a_${n}.yaml` }));
    await assert.rejects(released(t, many), {
      code: 'OCI_TOO_LARGE',
      message: /more than 67108864 bytes together/,
    });
    const repository = (await temporaryRegistry(t)).repository('okd/content');
    const operators = new OperatorManifests(100_000);
    const read = async (name: string, size: number) => {
      const layer = [{ ...file(`manifests/${name}`, ''), content: Buffer.alloc(size, name) }];
      const digest = await pushImage(repository, { layers: [layer] });
      return (await operators.read(repository, await loadImage(repository, digest))).files;
    };
    assert.equal((await read('a', 60_000)).length, 1);
    // What images share counts once.
    assert.equal((await read('a', 60_000)).length, 1);
    await assert.rejects(read('b', 60_000), { code: 'PAYLOAD_TOO_LARGE', place: { image: repository.name } });
  });

  it('bombs of aliases, depth and size are errors that name the file', () => {
    const bomb = (levels: number) =>
      Array.from({ length: levels }, (_, n) => `a${n}: &a${n} [${(n === 0 ? 'x, ' : `*a${n - 1}, `).repeat(9)}]`).join(
        '\n',
      );
    for (const text of [
      bomb(10),
      'x: &x [*x]',
      `s: &s "${'x'.repeat(1 << 20)}"\nl: [${'*s, '.repeat(900)}]`,
      `x: ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      'x: .inf',
    ]) {
      assert.throws(() => parseManifests(`${HEAD}${text}\n`, '0000_50_a_1.yaml'), {
        code: 'PAYLOAD_YAML_INVALID',
        message: /^0000_50_a_1\.yaml: /,
      });
    }
    const lists = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    for (const text of [
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      `{"x":${lists(200_000)}}`,
      `{"x":${lists(500)}}`,
      `${HEAD}x: ${lists(500)}\n`,
      `${HEAD}x: ${lists(20_000)}\n`,
      `${HEAD}x:\n${Array.from({ length: 3000 }, (_, n) => `${' '.repeat(n + 1)}a:\n`).join('')}`,
    ])
      assert.throws(() => parseManifests(text, 'a.json'), {
        code: 'PAYLOAD_YAML_INVALID',
        message: /^a\.json: invalid YAML\/JSON: (?:line \d+: )?it is nested deeper than 500 levels$/,
      });
    assert.equal(parseManifests(`${HEAD}x: ${lists(499)}\n`, 'a.yaml').length, 1);
  });

  it('metadata and configurations that are nested without end are errors with their place', async (t) => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const metadata = METADATA.replace('{', `{"metadata":{"x":${deep}},`);
    await assert.rejects(
      released(t, [file('release-manifests/release-metadata', metadata)]),
      ({ code, message, place }: SlipwayError) => {
        assert.equal(code, 'PAYLOAD_METADATA_INVALID');
        assert.match(message, /nested deeper than 500 levels/);
        assert.match(place.file ?? '', /^okd\/release@.*\/release-metadata$/);
        return true;
      },
    );
    assert.throws(() => parseConfig(Buffer.from(`{"x":${deep}}`), { image: 'okd/a' }), {
      code: 'OCI_MANIFEST_INVALID',
      message: 'the configuration is nested deeper than 500 levels.',
      place: { image: 'okd/a' },
    });
  });

  it('a text of quotes that never end is read once, not once for each quote', () => {
    assert.throws(() => parseManifests(`{${'"\\'.repeat(200_000)}`, 'a.json'), { code: 'PAYLOAD_YAML_INVALID' });
  });

  it('names that would change what every object has stay names', () => {
    const [manifest] = parseManifests(`${HEAD}__proto__: {polluted: 1}\n`, 'a.yaml');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.ok(Object.hasOwn(manifest?.object ?? {}, '__proto__'));
  });

  it('a file in a sub-folder is told of and not read, and refused before anything is written', async (t) => {
    const payload = await released(t, [
      file('release-manifests/0000_50_a_1.yaml', configMap('a1')),
      file('release-manifests/sub/0000_50_b_1.yaml', configMap('b1')),
    ]);
    assert.deepEqual(payload.dropped, [{ name: 'sub/0000_50_b_1.yaml', what: 'in a sub-folder' }]);
    assert.match(payload.warnings.join(), /"sub\/0000_50_b_1\.yaml" \(in a sub-folder\)/);
    const refused = {
      code: 'PAYLOAD_FILE_NAME',
      message: /^the release has files in sub-folders: "sub\/0000_50_b_1\.yaml"\.$/,
    };
    assert.throws(() => extractManifests(payload), refused);
    assert.throws(() => extractManifests(payload, { credentialsRequests: {} }), refused);
    const [first, ...files] = payload.files;
    assert.ok(first !== undefined);
    const folder = join(await temporary(t), 'out');
    await assert.rejects(writePayloadFolder({ files: [...files, { ...first, name: 'sub/a.yaml' }] }, folder), {
      code: 'PAYLOAD_FILE_NAME',
    });
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  });

  it('links are not followed: neither those of the image, nor those in the target folder', async (t) => {
    const link = {
      path: 'release-manifests/0000_50_b_1.yaml',
      type: 'symlink',
      mode: 0o777,
      mtime: 0,
      linkname: '/etc/passwd',
    };
    const payload = await released(t, [
      file('release-manifests/0000_50_a_1.yaml', configMap('a1')),
      { ...link, type: 'symlink' as const },
    ]);
    assert.deepEqual(payload.files.map(({ name }) => name).sort(), [
      '0000_50_a_1.yaml',
      'image-references',
      'release-metadata',
    ]);
    const folder = await temporary(t);
    const outside = join(await temporary(t), 'outside');
    await writeFile(outside, 'untouched');
    await symlink(outside, join(folder, '0000_50_a_1.yaml'));
    await writePayloadFolder({ files: extractManifests(payload) }, folder);
    assert.equal(await readFile(outside, 'utf8'), 'untouched');
    assert.match(await readFile(join(folder, '0000_50_a_1.yaml'), 'utf8'), /^---\napiVersion: v1\n/);
  });

  it('a payload of absurdly many files, or of one absurdly large, is refused', async (t) => {
    const many = Array.from({ length: 10_001 }, (_, index) => file(`release-manifests/${index}.yaml`, ''));
    await assert.rejects(released(t, many), { code: 'PAYLOAD_TOO_LARGE' });
    // 17 MiB of zeros are 17 KiB of gzip
    const large = { ...file('release-manifests/a.yaml', ''), content: Buffer.alloc(17 << 20) };
    await assert.rejects(released(t, [large]), { code: 'OCI_TOO_LARGE' });
  });
});
