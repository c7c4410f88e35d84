import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SlipwayError } from '../../util/index.ts';
import { openLayout } from '../folder/layout.ts';
import { digestOf, hexOf } from '../format/digest.ts';
import { loadImage } from '../image.ts';
import { readFiles } from '../layer/files.ts';
import { writeLayer, writeTar } from '../layer/writer.ts';
import { openArchive } from './archive.ts';

const HARBOR = join(import.meta.dirname, '../../../examples/harbor/images');
const entry = (path: string, content: string | Uint8Array) => ({
  path,
  type: 'file' as const,
  mode: 0o644,
  mtime: 0,
  content: Buffer.from(content),
});

async function scratch(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-archive-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An image of the example in the form that skopeo calls `dir:`. */
async function asFolder(folder: string, name: string): Promise<void> {
  const layout = await openLayout(HARBOR);
  const { manifest, rawManifest } = await loadImage(layout, name);
  await mkdir(folder);
  await writeFile(join(folder, 'version'), 'Directory Transport Version: 1.1\n');
  await writeFile(join(folder, 'manifest.json'), rawManifest);
  for (const { digest } of [manifest.config, ...manifest.layers])
    await copyFile(join(HARBOR, 'blobs/sha256', hexOf(digest)), join(folder, hexOf(digest)));
}

const skopeo =
  spawnSync('/usr/bin/skopeo', ['--version']).status === 0 ? false : 'skopeo is not installed on this machine';

describe('archives of images', () => {
  for (const transport of ['docker-archive', 'oci-archive']) {
    it(`are read as skopeo writes them: ${transport}`, { skip: skopeo }, async (t) => {
      const folder = await scratch(t);
      const file = join(folder, 'image.tar');
      const policy = join(folder, 'policy.json');
      await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
      const target =
        transport === 'docker-archive' ? `${transport}:${file}:localhost/console:1` : `${transport}:${file}:console`;
      const source = join(folder, 'dir');
      await asFolder(source, 'clean/console');
      const args = ['--policy', policy, '--tmpdir', folder, 'copy', '-q', `dir:${source}`, target];
      const copied = spawnSync('/usr/bin/skopeo', args, { encoding: 'utf8' });
      assert.equal(copied.status, 0, copied.stderr);
      const archive = await openArchive(file);
      const [image, ...others] = archive.images();
      assert.deepEqual(others, []);
      assert.equal(image?.name, transport === 'docker-archive' ? 'localhost/console:1' : 'console');
      const layout = await openLayout(HARBOR);
      const [there, here] = [await loadImage(layout, 'clean/console'), await loadImage(archive, image.name)];
      assert.deepEqual(here.config.rootfs, there.config.rootfs);
      const paths = async (source: Parameters<typeof readFiles>[0], loaded: typeof here) =>
        [...(await readFiles(source, loaded, () => true, { limit: 16 << 20 }))].map(
          ([path, { content }]) => `${path} ${digestOf(content)}`,
        );
      assert.deepEqual(await paths(archive, here), await paths(layout, there));
    });
  }

  it('notice a layer that is not the one of the configuration', async (t) => {
    const file = join(await scratch(t), 'image.tar');
    const layer = writeLayer([entry('a', 'x')]);
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.diffId] } };
    const saved = [{ Config: 'c.json', RepoTags: ['a:1'], Layers: ['l.tar'] }];
    const write = async (content: Uint8Array, layers = saved): Promise<void> =>
      await writeFile(
        file,
        writeTar([
          entry('manifest.json', JSON.stringify(layers)),
          entry('c.json', JSON.stringify(config)),
          entry('l.tar', content),
        ]),
      );
    await write(writeTar([entry('a', 'y')]));
    const archive = await openArchive(file);
    const image = await loadImage(archive, 'a:1');
    await assert.rejects(
      readFiles(archive, image, () => true, { limit: 1000 }),
      { code: 'OCI_DIGEST_MISMATCH' },
    );
    await write(layer.bytes);
    const compressed = await openArchive(file);
    const files = await readFiles(compressed, await loadImage(compressed, 'a:1'), () => true, { limit: 1000 });
    assert.equal(files.get('a')?.content.toString(), 'x');
  });

  it('are refused with the name of the file when they are none', async (t) => {
    const folder = await scratch(t);
    const file = join(folder, 'x.tar');
    const refused = async (content: Uint8Array, message: RegExp): Promise<void> => {
      await writeFile(file, content);
      await assert.rejects(openArchive(file), (error) => {
        assert.ok(error instanceof SlipwayError);
        assert.equal(error.code, 'OCI_ARCHIVE_INVALID');
        assert.equal(error.place.file, file);
        assert.match(error.message, message);
        return true;
      });
    };
    await refused(await readFile(join(HARBOR, 'index.json')), /no tar archive/);
    await refused(writeTar([entry('a', 'x')]), /neither/);
    await refused(writeTar([entry('manifest.json', '[{"Config":"c","Layers":[]}]')]), /lacks c/);
    const whole = writeTar([entry('manifest.json', 'x'.repeat(5000))]);
    await refused(whole.subarray(0, 3000), /middle/);
  });
});
