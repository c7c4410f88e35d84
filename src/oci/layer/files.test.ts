import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadImage } from '../image.ts';
import { LocalRegistry } from '../registry/storage/local.ts';
import { failsWith } from '../testing/fakes.ts';
import { type Cleanup, file, push, scratch } from '../testing/images.ts';
import { readFiles } from './files.ts';
import type { NewEntry } from './writer.ts';

const link = (path: string, linkname: string): NewEntry => ({
  path,
  type: 'hardlink',
  mode: 0o644,
  mtime: 1,
  linkname,
});
const folder = (path: string): NewEntry => ({ path, type: 'directory', mode: 0o755, mtime: 1 });

async function view(
  t: Cleanup,
  layers: readonly (readonly NewEntry[])[],
  wanted = (_path: string) => true,
  limit = 100,
) {
  const repository = (await LocalRegistry.open(await scratch(t))).repository('a');
  await push(repository, 't', layers);
  const files = await readFiles(repository, await loadImage(repository, 't'), wanted, { limit });
  return [...files].map(([path, { content, layer }]) => [path, content.toString(), layer]).sort();
}

describe('readFiles', () => {
  it('shows an image as a container would, with whiteouts, opaque directories and hard links', async (t) => {
    const found = await view(t, [
      [file('m/a', '1'), file('m/b', '1'), file('o/x', '1'), file('o/y', '1'), file('d/f', '1'), file('e', '1')],
      [file('m/.wh.b', ''), file('o/.wh..wh..opq', ''), file('o/z', '2'), file('d', 'now a file'), folder('e/')],
      [link('m/c', 'm/a'), file('m/a', '3')],
    ]);
    assert.deepEqual(found, [
      ['d', 'now a file', 1],
      ['m/a', '3', 2],
      ['m/c', '1', 2],
      ['o/z', '2', 1],
    ]);
  });

  it('hides all that is below a deleted directory, and nothing beside it', async (t) => {
    const found = await view(t, [
      [file('a/b/c', '1'), file('a/bc', '1'), file('a/b.d', '1')],
      [file('a/.wh.b', ''), file('a/b/new', '2')],
    ]);
    assert.deepEqual(found, [
      ['a/b.d', '1', 0],
      ['a/b/new', '2', 1],
      ['a/bc', '1', 0],
    ]);
    assert.deepEqual(await view(t, [[file('a', '1')], [file('.wh..wh..opq', ''), file('b', '2')]]), [['b', '2', 1]]);
  });

  it('follows hard links to files that were not asked for, as ostree has them', async (t) => {
    const wanted = (path: string) => path.startsWith('usr/');
    const found = await view(
      t,
      [
        [file('objects/low', 'L')],
        [
          file('objects/1', 'one'),
          link('usr/a', 'objects/1'),
          link('objects/2', 'objects/1'),
          link('usr/b', 'objects/2'),
        ],
        [link('usr/c', 'objects/low')],
      ],
      wanted,
    );
    assert.deepEqual(found, [
      ['usr/a', 'one', 1],
      ['usr/b', 'one', 1],
      ['usr/c', 'L', 2],
    ]);
    await assert.rejects(
      view(t, [[link('usr/a', 'gone')]], wanted),
      failsWith('OCI_LAYER_INVALID', /"usr\/a" names "gone"/),
    );
    await assert.rejects(
      view(t, [[link('usr/a', 'b'), link('b', 'usr/a')]]),
      failsWith('OCI_LAYER_INVALID', /hard link/),
    );
  });

  it('takes no file that is larger than allowed', async (t) => {
    await assert.rejects(view(t, [[file('a', 'xx')]], undefined, 1), failsWith('OCI_TOO_LARGE', /: a: .* 2 bytes/));
  });
});
