// For tests of several rooms: the registry that Debian has.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nobody } from './fakes.ts';
import { type Cleanup, scratch } from './images.ts';

/**
 * Debian's docker-registry (distribution 2.8), which knows no referrers; ended with the test. Returns `host:port`, where
 * it listens after a moment: clients want some retries.
 */
export async function debianRegistry(t: Cleanup): Promise<string> {
  const folder = await scratch(t);
  const host = await nobody();
  const config = join(folder, 'config.yml');
  await writeFile(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${folder}/data }, delete: { enabled: true } }\nhttp: { addr: "${host}" }\n`,
  );
  const peer = spawn('/usr/bin/docker-registry', ['serve', config], { stdio: 'ignore' });
  t.after(async () => {
    peer.kill('SIGKILL');
  });
  return host;
}
