import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError, writeFileAtomic } from '../util/index.ts';

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

/**
 * Builds the site when its sources changed since the last build (a clone), or does nothing where there are no sources
 * (an installed package ships `web/dist`). Errors: `SITE_BUILD_FAILED` with the builder's output.
 */
export async function ensureSite(root: string, say: (line: string) => void): Promise<string> {
  const dist = join(root, 'web', 'dist');
  if (!existsSync(join(root, 'web', 'astro.config.mjs'))) return dist;
  const mark = join(dist, '.sources');
  const current = await fingerprint(root);
  const built = await readFile(mark, 'utf8').catch(() => '');
  if (built === current && existsSync(join(dist, 'server', 'entry.mjs'))) return dist;
  say('building the site …');
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
  await writeFileAtomic(mark, current);
  return dist;
}
