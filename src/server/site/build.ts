import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type KernelLock, makeFolders, SlipwayError, tryKernelLock, writeFileAtomic } from '../../util/index.ts';

/** Inputs of the site, relative to the clone. */
const SOURCES = ['web/src/**/*', 'web/public/**/*', 'web/*.mjs', 'web/*.json', 'content/**/*.md', 'package-lock.json'];

async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256');
  const files: string[] = [];
  for (const pattern of SOURCES) {
    for await (const entry of glob(pattern, { cwd: root, withFileTypes: true }))
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
  }
  for (const file of files.sort())
    hash
      .update(file.slice(root.length))
      .update('\0')
      .update(await readFile(file))
      .update('\0');
  return hash.digest('hex');
}

async function isBuilt(dist: string, mark: string, sources: string): Promise<boolean> {
  if (!existsSync(join(dist, 'server', 'entry.mjs')) || !existsSync(mark)) return false;
  return (await readFile(mark, 'utf8')) === sources;
}

/** Two processes that start in one clone must not build into the same folder at once. */
async function buildLock(folder: string, say: (line: string) => void): Promise<KernelLock> {
  await makeFolders(folder);
  const path = join(folder, 'build.lock');
  let lock = tryKernelLock(path);
  if (lock === undefined) say('waiting for another process that builds the site …');
  while (lock === undefined) {
    await delay(100);
    lock = tryKernelLock(path);
  }
  return lock;
}

async function build(root: string): Promise<void> {
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'node_modules/.bin/astro'), 'build', '--root', 'web'], {
      cwd: root,
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', (code) => resolve({ code, output }));
  });
  if (code !== 0)
    throw new SlipwayError('SITE_BUILD_FAILED', `the site could not be built:\n${output.trim()}`, {
      place: { file: join(root, 'web') },
    });
}

/**
 * Builds the site when its sources changed since the last build (a clone), or does nothing where there are no sources
 * (an installed package ships `web/dist`). Processes that want it at the same time take turns; the later ones find it
 * built. Errors: `SITE_BUILD_FAILED` with the builder's output.
 */
export async function ensureSite(root: string, say: (line: string) => void): Promise<string> {
  const web = join(root, 'web');
  const dist = join(web, 'dist');
  if (!existsSync(join(web, 'astro.config.mjs'))) return dist;
  const mark = join(dist, '.sources');
  const sources = await fingerprint(root);
  if (await isBuilt(dist, mark, sources)) return dist;
  const lock = await buildLock(join(web, '.astro'), say);
  try {
    if (await isBuilt(dist, mark, sources)) return dist;
    say('building the site …');
    await build(root);
    await writeFileAtomic(mark, sources);
    return dist;
  } finally {
    lock.release();
  }
}
