import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EvidenceStore } from './kept/evidence.ts';
import { openSettings, planSettings, readSettings, workspacePaths } from './workspace.ts';

async function scratch(t: { after(work: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-workspace-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('openSettings', () => {
  it('keeps the registry that a workspace was made with', async (t) => {
    const paths = workspacePaths(join(await scratch(t), 'new'));
    const made = await openSettings(paths, { embeddedHost: 'localhost:8080', database: 'embedded' });
    assert.deepEqual([made.publicRegistry, made.embedded], ['localhost:8080', true]);
    const again = await openSettings(paths, { embeddedHost: 'localhost:9999', database: 'embedded' });
    assert.equal(again.publicRegistry, 'localhost:8080');
    await assert.rejects(openSettings(paths, { registry: 'quay.io/okd', embeddedHost: 'x', database: 'embedded' }), {
      code: 'WORKSPACE_CONFLICT',
    });
  });

  it('keeps the definition that was asked for last', async (t) => {
    const paths = workspacePaths(join(await scratch(t), 'new'));
    const open = (definition?: string) => openSettings(paths, { embeddedHost: 'x', definition, database: 'embedded' });
    assert.equal((await open()).definition, undefined);
    assert.equal((await open('/d/a.yaml')).definition, '/d/a.yaml');
    assert.equal((await open()).definition, '/d/a.yaml');
    assert.equal((await open('/d/b.yaml')).definition, '/d/b.yaml');
  });

  it('does not look for the releases of a workspace in another database', async (t) => {
    const folder = await scratch(t);
    for (const [made, asked] of [
      ['embedded', 'external'],
      ['external', 'embedded'],
    ] as const) {
      const paths = workspacePaths(join(folder, made));
      await openSettings(paths, { embeddedHost: 'x', database: made });
      await openSettings(paths, { embeddedHost: 'x', database: made });
      await assert.rejects(openSettings(paths, { embeddedHost: 'x', database: asked }), {
        code: 'WORKSPACE_CONFLICT',
        message: /database/,
      });
    }
  });

  it('plans without writing', async (t) => {
    const paths = workspacePaths(join(await scratch(t), 'new'));
    await planSettings(paths, { embeddedHost: 'x', database: 'embedded' });
    assert.equal(await readSettings(paths), undefined);
  });

  it('refuses a newer, a damaged and a foreign file, and a path that is no folder', async (t) => {
    const folder = await scratch(t);
    const paths = workspacePaths(folder);
    const open = () => openSettings(paths, { embeddedHost: 'localhost:8080', database: 'embedded' });
    for (const [text, code] of [
      ['{"formatVersion":2}', 'WORKSPACE_NEWER'],
      ['{', 'WORKSPACE_INVALID'],
      ['{"formatVersion":1}', 'WORKSPACE_INVALID'],
    ] as const) {
      await writeFile(paths.settings, text);
      await assert.rejects(open(), (error) => error instanceof Error && 'code' in error && error.code === code, text);
    }
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(
      openSettings(workspacePaths(join(folder, 'file')), { embeddedHost: 'x', database: 'embedded' }),
    );
  });
});

describe('EvidenceStore', () => {
  it('gives back what its digest names, and notices when the bytes changed', async (t) => {
    const folder = await scratch(t);
    const store = new EvidenceStore(folder);
    const digest = await store.put({ b: [1, 2], a: 'x' });
    assert.equal(await store.put({ a: 'x', b: [1, 2] }), digest, 'the order of keys does not matter');
    assert.deepEqual(await store.get(digest, (value) => value), { a: 'x', b: [1, 2] });
    const hex = digest.slice('sha256:'.length);
    await writeFile(join(folder, hex.slice(0, 2), `${hex}.json`), '{}');
    await assert.rejects(
      store.get(digest, (value) => value),
      { code: 'RELEASE_EVIDENCE_DAMAGED' },
    );
    await assert.rejects(
      store.get(`sha256:${'0'.repeat(64)}`, (value) => value),
      { code: 'RELEASE_EVIDENCE_UNKNOWN' },
    );
  });
});
