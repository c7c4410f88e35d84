// A walk over the pages with Debian's Chromium, against a real workspace. A screenshot is kept in artifacts/.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { chromium, type Page } from 'playwright-core';
import { freePort, lacks, ROOT, SLIPWAY, slipway, start, temporaryFolder } from './support/clone.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const STABLE = '4.21.0-okd-scos.0';

async function violations(page: Page): Promise<string[]> {
  // Through the debugger: the pages' own Content-Security-Policy would refuse a script from elsewhere.
  await page.evaluate(await readFile(AXE, 'utf8'));
  return (await page.evaluate(
    'axe.run({ rules: { "target-size": { enabled: true } } }).then((r) => r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).join(", ")))',
  )) as string[];
}

describe('site', () => {
  it('shows the release and what led to it, on every page, without errors', { skip: lacks('chromium') }, async (t) => {
    const folder = await temporaryFolder(t);
    const port = await freePort();
    const base = `http://localhost:${port}`;
    const server = start(t, SLIPWAY, ['start', '--data', join(folder, 'ws'), '--port', String(port)]);
    await server.waitFor('Stop with Ctrl-C', 240);
    assert.equal(slipway(['demo', 'contaminated', '--data', join(folder, 'ws')]).code, 1);
    const { releases } = (await (await fetch(`${base}/api/releases`)).json()) as {
      releases: { name: string; phase: string; kind: string }[];
    };
    const rejected = releases.find((release) => release.phase === 'Rejected')?.name ?? '';
    const run = slipway(['demo', 'ubi-to-els', '--data', join(folder, 'ws'), '--format', 'json']);
    assert.equal(run.code, 1, run.stderr);
    const switched = (JSON.parse(run.stdout) as { name: string }).name;

    const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    t.after(() => browser.close());
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const problems: string[] = [];
    page.on('console', (message) => message.type() === 'error' && problems.push(`${page.url()}: ${message.text()}`));
    page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
    page.on(
      'request',
      (request) => new URL(request.url()).host !== `localhost:${port}` && problems.push(`request to ${request.url()}`),
    );

    const artifacts = join(ROOT, 'artifacts');
    await rm(artifacts, { recursive: true, force: true });
    await mkdir(artifacts);
    const visit = async (path: string, ...texts: string[]): Promise<void> => {
      await page.goto(`${base}${path}`, { waitUntil: 'load' });
      const body = await page.innerText('body');
      for (const text of texts) assert.ok(body.includes(text), `${path} lacks "${text}"`);
      assert.deepEqual(await violations(page), [], path);
      await page.screenshot({
        path: join(artifacts, `${path === '/' ? 'home' : path.slice(1).replaceAll('/', '-')}.png`),
        fullPage: true,
      });
    };
    await visit('/', STABLE);
    await visit('/streams', 'Stable releases');
    await visit('/streams/4-scos-stable', STABLE);
    await visit(`/releases/${STABLE}`, STABLE, 'sha256sum.txt', 'okd/scos-release');
    await visit(`/releases/${rejected}`, 'Rejected', 'harbor/base-els', 'ironhat-els-release', 'console');
    const lines = (await readFile(join(ROOT, 'examples/harbor/stream.yaml'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.trim() === 'base: harbor/base-stream9-els') + 1;
    const story = [
      `The line to revert is line ${line} of stream.yaml`,
      'base: harbor/base-stream9-els',
      'harbor/base-stream9 before',
      'kube-rbac-proxy',
      'L3, header signature verified',
      'Since the last accepted release',
      'New signer: Ironhat, Inc.',
      'Who brings it',
    ];
    await visit(`/releases/${switched}`, ...story);
    await page.emulateMedia({ colorScheme: 'dark' });
    await visit(`/releases/${switched}`, ...story);
    await page.emulateMedia({ colorScheme: 'light' });
    const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await plain.goto(`${base}/releases/${switched}`);
    const read = await plain.innerText('body');
    for (const text of story) assert.ok(read.includes(text), `without JavaScript the page lacks "${text}"`);
    await visit('/channels/stable-scos-4.21', STABLE);
    await visit('/guides');
    await visit('/faq');

    await page.goto(`${base}/`);
    await page.click('button[value="dark"]');
    const dark = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.click('button[value="light"]');
    assert.notEqual(await page.evaluate('getComputedStyle(document.body).backgroundColor'), dark);
    assert.deepEqual(problems, []);

    const exported = join(folder, 'static');
    assert.equal(await server.stop('SIGTERM'), 0);
    const result = slipway(['site', 'export', '--data', join(folder, 'ws'), '--to', exported]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(await readFile(join(exported, 'releases', STABLE, 'index.html'), 'utf8'), /sha256:[0-9a-f]{64}/);
  });
});
