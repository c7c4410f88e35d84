import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Sources } from './sources.ts';

const asked = new Error('a registry was asked');
const sources = () => new Sources(() => Promise.reject(asked), 'every');

/** As a user for whom files are closed, which they never are for root. */
async function asAnybody(work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

test('a path that can not be looked at is told as it is, and not taken for a name in a registry', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-sources-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'closed/layout'), { recursive: true });
  await chmod(join(folder, 'closed'), 0);
  const layout = join(folder, 'closed/layout');
  await asAnybody(async () => {
    for (const text of [layout, `${layout}:name`, `oci:${layout}`])
      await assert.rejects(sources().open(text), { code: 'CLI_FILE_UNREADABLE', message: /this user may not read it/ });
    await assert.rejects(sources().all(layout), { code: 'CLI_FILE_UNREADABLE', message: /this user may not read it/ });
  });
  await chmod(join(folder, 'closed'), 0o755);
  await symlink('loop', join(folder, 'loop'));
  await assert.rejects(sources().open(join(folder, 'loop')), { code: 'CLI_FILE_UNREADABLE', message: /ELOOP/ });
});

test('what no file is, or can be, is a name in a registry', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const name of ['registry.example/okd/etcd:4.21', `registry.example/okd/${'a'.repeat(190)}@${digest}`])
    await assert.rejects(sources().open(name), asked);
});
