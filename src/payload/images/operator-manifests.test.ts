import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ImageSource, loadImage, type NewEntry } from '../../oci/index.ts';
import { readManifestFolders } from '../create/inputs/folders.ts';
import { preparePayload } from '../index.ts';
import { configMap, file, imageStream, MTIME, OPERATOR, pushImage, temporaryRegistry } from '../testing/images.ts';
import { IMAGES, setUp } from '../testing/sources.ts';
import { OperatorManifests } from './operator-manifests.ts';

const link = (type: 'symlink' | 'hardlink', path: string, linkname: string): NewEntry => {
  return { path, type, mode: 0o644, mtime: MTIME, linkname };
};
const hard = (path: string, target: string) => link('hardlink', path, target);
const soft = (path: string, target: string) => link('symlink', path, target);
const folder = (path: string): NewEntry => ({ path, type: 'directory', mode: 0o755, mtime: MTIME });

async function reader(t: TestContext) {
  const repository = (await temporaryRegistry(t)).repository('okd/content');
  const read: string[] = [];
  const source: ImageSource = {
    name: repository.name,
    manifest: (reference) => repository.manifest(reference),
    blob: async (blob) => {
      read.push(blob.digest);
      return await repository.blob(blob);
    },
  };
  const manifests = new OperatorManifests();
  const of = async (layers: readonly (readonly NewEntry[])[], options = {}) => {
    const image = await loadImage(source, await pushImage(repository, { layers, labels: OPERATOR }));
    read.length = 0;
    const { files, dropped } = await manifests.read(source, image, options);
    return {
      files: Object.fromEntries(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()])),
      dropped: Object.fromEntries(dropped.map(({ name, what }) => [name, what])),
      requests: read.length,
    };
  };
  return of;
}

describe('hard links of /manifests', () => {
  it('lead to files of the same layer, of layers below, and out of the folder', async (t) => {
    const of = await reader(t);
    const a = file('manifests/a.yaml', 'a');
    assert.deepEqual((await of([[a, hard('manifests/b.yaml', 'manifests/a.yaml')]])).files, {
      'a.yaml': 'a',
      'b.yaml': 'a',
    });
    assert.deepEqual((await of([[a], [hard('manifests/b.yaml', 'manifests/a.yaml')]])).files, {
      'a.yaml': 'a',
      'b.yaml': 'a',
    });
    const outside = file('opt/a.yaml', 'outside');
    const same = await of([[outside, hard('manifests/b.yaml', 'opt/a.yaml')]]);
    assert.deepEqual([same.files, same.requests], [{ 'b.yaml': 'outside' }, 2]);
    const below = await of([[outside], [file('etc/x', 'x')], [hard('manifests/b.yaml', 'opt/a.yaml')]]);
    assert.deepEqual(below.files, { 'b.yaml': 'outside' });
    const nested = await of([[outside, hard('opt/b.yaml', 'opt/a.yaml')], [hard('manifests/b.yaml', 'opt/b.yaml')]]);
    assert.deepEqual(nested.files, { 'b.yaml': 'outside' });
  });

  it('lead to what was there before their layer took it away', async (t) => {
    const of = await reader(t);
    const layers = [
      [file('manifests/a.yaml', 'a'), file('manifests/c.yaml', 'c')],
      [
        hard('manifests/b.yaml', 'manifests/a.yaml'),
        file('manifests/.wh.a.yaml', ''),
        hard('manifests/d', 'manifests/c.yaml'),
      ],
      [file('manifests/c.yaml', 'new')],
    ];
    assert.deepEqual((await of(layers)).files, { 'b.yaml': 'a', 'c.yaml': 'new', d: 'c' });
  });

  it('cost nothing more for layers that images share', async (t) => {
    const of = await reader(t);
    const shared = [[file('opt/a.yaml', 'a')], [hard('manifests/b.yaml', 'opt/a.yaml')]];
    const first = await of([...shared, [file('manifests/1.yaml', '1')]]);
    const second = await of([...shared, [file('manifests/2.yaml', '2')]]);
    assert.deepEqual(second.files, { '2.yaml': '2', 'b.yaml': 'a' });
    assert.ok(first.requests > 3);
    assert.equal(second.requests, 1);
  });

  it('to nothing are an error that names the layer; for oc they are left out', async (t) => {
    const of = await reader(t);
    const layers = [[hard('manifests/b.yaml', 'opt/none')]];
    await assert.rejects(of(layers), { code: 'OCI_LAYER_INVALID', message: /"opt\/none", which no layer has/ });
    assert.deepEqual((await of(layers, { lastLayerOnly: true })).dropped, {
      'b.yaml': 'a hard link to "opt/none", which is no file',
    });
  });

  it('take part in what all manifests may have together', async (t) => {
    const repository = (await temporaryRegistry(t)).repository('okd/content');
    const big = { ...file('opt/a', ''), content: Buffer.alloc(60_000) };
    for (const layers of [[[big, hard('manifests/a', 'opt/a')]], [[big], [hard('manifests/a', 'opt/a')]]]) {
      const image = await loadImage(repository, await pushImage(repository, { layers }));
      assert.equal((await new OperatorManifests(100_000).read(repository, image)).files.length, 1);
      await assert.rejects(new OperatorManifests(50_000).read(repository, image), {
        code: /^(?:PAYLOAD_TOO_LARGE|OCI_TOO_LARGE)$/,
      });
    }
  });
});

describe('what is no file of /manifests', () => {
  it('is told: links, what leads to them, the folder itself; until a layer puts a file or a folder there', async (t) => {
    const of = await reader(t);
    const links = [soft('manifests/s.yaml', '../opt/a'), hard('manifests/h.yaml', 'manifests/s.yaml')];
    const told = {
      'h.yaml': 'a hard link to "manifests/s.yaml", which is no file',
      's.yaml': 'a symbolic link to "../opt/a"',
    };
    assert.deepEqual(await of([links]), { files: {}, dropped: told, requests: 1 });
    const [first, second] = links;
    assert.deepEqual((await of([[first ?? folder('')], [second ?? folder('')]])).dropped, told);
    assert.deepEqual((await of([links, [file('manifests/s.yaml', 's')]])).dropped, { 'h.yaml': told['h.yaml'] });
    assert.deepEqual((await of([[soft('manifests', 'data')]])).dropped, { '': 'a symbolic link to "data"' });
    assert.deepEqual(
      (await of([[soft('manifests', 'data')], [folder('manifests'), file('manifests/a', 'a')]])).dropped,
      {},
    );
    assert.deepEqual((await of([[file('manifests/a', 'a')], [folder('manifests/a')]])).files, {});
  });

  it('is a warning with component and names', async (t) => {
    const layers = [
      [
        file('opt/a.yaml', configMap('a')),
        soft('manifests/a.yaml', '../opt/a.yaml'),
        soft('manifests/p.yaml', '/etc/passwd'),
        file('manifests/b.yaml', configMap('b')),
        file('manifests/sub/c.yaml', configMap('c')),
        hard('manifests/h.yaml', 'opt/a.yaml'),
      ],
    ];
    const { input, options } = await setUp(t, { ...IMAGES, operator: { labels: OPERATOR, layers } });
    const { files, warnings } = await preparePayload(input, options);
    assert.deepEqual(
      files.map(({ name }) => name).filter((name) => name.includes('_operator_')),
      ['0000_50_operator_b.yaml', '0000_50_operator_h.yaml'],
    );
    assert.deepEqual(warnings, [
      'Not taken of the manifests of the component "operator": "a.yaml" (a symbolic link to "../opt/a.yaml"), "p.yaml" (a symbolic link to "/etc/passwd"), "sub/c.yaml" (in a sub-folder).',
    ]);
  });

  it('of --from-dir is a warning too', async (t) => {
    const { options, specs } = await setUp(t);
    const root = await mkdtemp(join(tmpdir(), 'slipway-folders-'));
    t.after(() => rm(root, { recursive: true, force: true }));
    await mkdir(join(root, 'operator', 'deeper'), { recursive: true });
    await mkdir(join(root, '.git'));
    await writeFile(join(root, 'image-references'), imageStream(specs));
    await writeFile(join(root, 'README.md'), 'read me');
    await writeFile(join(root, 'operator', '01.yaml'), configMap('a'));
    await symlink('01.yaml', join(root, 'operator', '02.yaml'));
    await symlink('operator', join(root, 'other'));
    const { files, warnings } = await preparePayload({ folders: await readManifestFolders(root) }, options);
    assert.equal(files.length, 3);
    assert.deepEqual(warnings, [
      `Not taken of the manifests of the folder "${root}": ".git" (a hidden folder), "README.md" (a file beside the folders), "other" (a symbolic link to "operator").`,
      'Not taken of the manifests of the folder "operator": "02.yaml" (a symbolic link to "01.yaml"), "deeper" (a sub-folder).',
    ]);
  });
});
