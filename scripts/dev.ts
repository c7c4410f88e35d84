// Developer commands behind `npm test`, `npm run check`, `npm run format` and `npm run build`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { prepareTestTools } from './test-tools.ts';

const node = process.execPath;

function run(title: string, args: readonly string[], options: { readonly required?: boolean } = {}): boolean {
  process.stderr.write(`\n# ${title}\n`);
  const result = spawnSync(node, args, { stdio: 'inherit' });
  const passed = result.status === 0;
  if (!passed && options.required) process.exit(result.status ?? 1);
  return passed;
}

/** Every check that reads the code without running it: name ► arguments for Node. */
const CHECKS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'types', args: ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json'] },
  { name: 'types of the site', args: ['node_modules/typescript-7/bin/tsc', '-p', 'web/tsconfig.json'] },
  { name: 'format and lint', args: ['node_modules/.bin/biome', 'check', '.'] },
  {
    name: 'floors (dependency rules)',
    args: ['node_modules/.bin/depcruise', 'src', 'web/src', '--config', '.dependency-cruiser.cjs'],
  },
  { name: 'dead code', args: ['node_modules/.bin/knip'] },
];

function check(): boolean {
  const failed = CHECKS.filter(({ name, args }) => !run(name, args)).map(({ name }) => name);
  process.stderr.write(failed.length === 0 ? '\nAll checks passed.\n' : `\nChecks failed: ${failed.join(', ')}.\n`);
  return failed.length === 0;
}

async function testFiles(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) for await (const file of glob(pattern)) files.push(file);
  return files.sort();
}

async function test(names: readonly string[]): Promise<boolean> {
  await prepareTestTools();
  const files = await testFiles(
    names.length > 0
      ? names
      : ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'web/src/**/*.test.ts', 'web/dev/*.test.ts', 'test/**/*.test.ts'],
  );
  const reporters = ['--test-reporter=./scripts/reporter.ts', '--test-reporter-destination=stdout'];
  return run(`${files.length} test files`, ['--test', '--test-concurrency=2', ...reporters, ...files]);
}

const [command = '--help', ...rest] = process.argv.slice(2);
switch (command) {
  case 'test':
    process.exitCode = (await test(rest)) ? 0 : 1;
    break;
  case 'check':
    process.exitCode = check() ? 0 : 1;
    break;
  case 'format':
    process.exitCode = run('format', ['node_modules/.bin/biome', 'check', '--write', '.']) ? 0 : 1;
    break;
  case 'build':
    run('compile to dist/', ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.build.json'], { required: true });
    if (existsSync('web/astro.config.mjs'))
      run('build the site', ['node_modules/.bin/astro', 'build', '--root', 'web'], { required: true });
    break;
  default:
    process.stdout.write('usage: bin/dev test [FILE…] | check | format | build\n');
    process.exitCode = command === '--help' ? 0 : 2;
}
