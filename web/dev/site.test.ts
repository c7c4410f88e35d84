import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Api } from '../src/lib/api.ts';
import type { ReleaseDetail } from '../src/lib/types.ts';
import { emptyApi, names, sampleApi } from './fixture.ts';
import { serveSite } from './serve.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const root = fileURLToPath(new URL('../../', import.meta.url));
/** A build of its own, so that a server under test in another process keeps its web/dist. */
const built = new URL('../.astro/site/', import.meta.url);
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

async function build(): Promise<void> {
  const astro = fileURLToPath(new URL('../../node_modules/.bin/astro', import.meta.url));
  const env = { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' };
  await promisify(execFile)(process.execPath, [astro, 'build', '--root', 'web', '--outDir', fileURLToPath(built)], { cwd: root, env });
}

async function listen(api: Api): Promise<{ app: FastifyInstance; base: string }> {
  const app = await serveSite(api, built);
  return { app, base: await app.listen({ host: '127.0.0.1', port: 0 }) };
}

/** Links to other pages of the site; files and the API are the server's business. */
function pagesLinked(html: string): string[] {
  const links = [...html.matchAll(/<a\s[^>]*href="(\/[^"#?]*)/g)].map(([, path = '']) => path);
  return links.filter((path) => !/^\/(api|downloads|attestations|signatures|keys|graph)\b/.test(path));
}

/** Addresses of all pages that can be reached from the home page. Fails on a broken link. */
async function crawl(base: string): Promise<string[]> {
  const pages = new Set(['/']);
  for (const path of pages) {
    const response = await fetch(base + path);
    assert.equal(response.status, 200, `${path} is linked, but not there`);
    for (const link of pagesLinked(await response.text())) pages.add(link);
  }
  return [...pages].sort();
}

describe('the site, with sample data', () => {
  let app: FastifyInstance;
  let base: string;
  let pages: string[];

  before(async () => {
    await build();
    ({ app, base } = await listen(sampleApi));
    pages = await crawl(base);
  });
  after(() => app.close());

  test('every kind of page is linked from somewhere', () => {
    for (const path of ['/releases', '/streams', '/channels', '/guides', '/faq', '/guides/verify-a-release', `/releases/${names.rejected}`, '/channels/stable-scos-4.21', '/updates', '/updates/plan']) {
      assert.ok(pages.includes(path), `${path} is linked nowhere`);
    }
  });

  test('pages obey a Content-Security-Policy without any inline script or style', async () => {
    for (const path of pages) {
      const html = await (await fetch(base + path)).text();
      assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+="|javascript:/i, path);
      assert.doesNotMatch(html, /<script(?![^>]*\ssrc="\/)/i, path);
      assert.doesNotMatch(html, /<(script|link|img|iframe)[^>]*\s(src|href)="(https?:)?\/\//i, path);
    }
  });

  test('pages can be read without JavaScript', async () => {
    const html = await (await fetch(`${base}/releases/${names.rejected}`)).text();
    for (const text of ['Rejected', 'base-enterprise:9.4', 'glibc-2.34-100.el9_4.x86_64', 'layer 1 of 3', 'harbor-operator']) assert.ok(html.includes(text), text);
  });

  test('why an update is offered or not, and a path, without JavaScript', async () => {
    const query = `channel=stable-scos-4.21&from=${names.stable}&to=4.21.0-okd-scos.99`;
    const why = await (await fetch(`${base}/updates?${query}`)).text();
    for (const text of ['TestFailing', 'Tests of this update fail', 'https://prow.example.com/1', 'oc adm upgrade --to=4.21.0-okd-scos.99']) assert.ok(why.includes(text), text);
    const plan = await (await fetch(`${base}/updates/plan?${query}`)).text();
    for (const text of ['Best path', 'ack-4.18-kube-1.32-api-removals-in-4.19']) assert.ok(plan.includes(text), text);
    const none = await (await fetch(`${base}/updates/plan?channel=stable-scos-4.21&from=x&to=x`)).text();
    assert.match(none, /There is no path[\s\S]*Nothing can be reached from x/);
  });

  test('what is not there is a page too, with status 404', async () => {
    for (const path of ['/releases/4.99.0-okd-scos.0', '/streams/nope', '/channels/nope', '/nope/at/all']) {
      const response = await fetch(base + path);
      assert.equal(response.status, 404, path);
      assert.match(await response.text(), /<h1[^>]*>Not found/, path);
    }
  });

  test('an error of the API is shown in its own words, with status 500', async () => {
    const response = await fetch(`${base}/releases/broken`);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /the database went away\..*Start the server again\./s);
  });

  test('what tests and packages say of themselves is text, never markup', async () => {
    const html = await (await fetch(`${base}/releases/${names.stable}`)).text();
    assert.match(html, /expected &lt;60 s&gt; or less/);
  });

  test('a release is compared with any other by a plain form, and by an address of its own', async () => {
    const page = `/releases/${names.stable}/changelog`;
    assert.ok(pages.includes(page) && pages.includes(`/releases/${names.stable}/contents`));
    const html = await (await fetch(base + page)).text();
    assert.match(html, new RegExp(`<form method="get" action="${page}"`));
    const asked = await (await fetch(`${base}${page}?from=${names.oldStable}`)).text();
    assert.match(asked, new RegExp(`<option value="${names.oldStable}" selected`));
    assert.match(asked, /Berths &lt;b&gt;are&lt;\/b&gt; counted once/);
    assert.equal(await (await fetch(`${base}${page}/${names.oldStable}`)).text(), asked.replaceAll(`changelog?from=${names.oldStable}`, `changelog/${names.oldStable}`));
    const unknown = await fetch(`${base}${page}?from=nope`);
    assert.equal(unknown.status, 404);
    assert.match(await unknown.text(), /There is no release (?:"|&quot;|&#34;)nope.*<form method="get"/s);
  });

  describe('in a browser', { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` }, () => {
    let browser: Browser;
    before(async () => {
      browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    });
    after(() => browser.close());

    /** Runs with a page that fails on console errors and on any request that leaves this server. */
    async function withPage(options: BrowserContextOptions, run: (page: Page) => Promise<void>, at = base): Promise<void> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('console', (message) => message.type() === 'error' && problems.push(`${page.url()}: ${message.text()}`));
      page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
      page.on('request', (request) => !request.url().startsWith(at) && problems.push(`${page.url()} asks for ${request.url()}`));
      try {
        await run(page);
      } finally {
        await context.close();
      }
      assert.deepEqual(problems, []);
    }

    async function violations(page: Page): Promise<string[]> {
      // Chromium evaluates this outside of the page's own policy, which allows no such script.
      await page.evaluate(await readFile(axe, 'utf8'));
      const { violations: found } = (await page.evaluate('axe.run({ rules: { "target-size": { enabled: true } } })')) as { violations: { id: string; nodes: { html: string }[] }[] };
      return found.map(({ id, nodes }) => `${page.url()} ${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    }

    /** One page of each kind and state: six releases that only differ in their number say nothing new. */
    const telling = () => pages.filter((path) => !path.startsWith('/releases/4.20.'));

    for (const [colorScheme, width] of [['light', 1280], ['dark', 360]] as const) {
      test(`axe finds nothing: ${colorScheme}, ${width} px`, async () => {
        await withPage({ colorScheme, viewport: { width, height: 900 } }, async (page) => {
          for (const path of telling()) {
            await page.goto(base + path);
            assert.deepEqual(await violations(page), []);
            assert.equal(await page.locator('h1').count(), 1, `main headings of ${path}`);
          }
        });
      });
    }

    test('no page is wider than its screen', async () => {
      await withPage({}, async (page) => {
        for (const path of telling()) {
          await page.goto(base + path);
          for (const width of [320, 360, 768, 1024]) {
            await page.setViewportSize({ width, height: 800 });
            assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, `${path} at ${width} px`);
          }
        }
      });
    });

    test('an installation without any release has no empty or broken page', async () => {
      const empty = await listen(emptyApi);
      try {
        await withPage({}, async (page) => {
          for (const path of await crawl(empty.base)) {
            await page.goto(empty.base + path);
            assert.deepEqual(await violations(page), []);
          }
          await page.goto(empty.base);
          await page.getByRole('button', { name: 'Make the example release' }).waitFor();
        }, empty.base);
      } finally {
        await empty.app.close();
      }
    });

    test('the theme can be chosen, and stays', async () => {
      await withPage({ colorScheme: 'light' }, async (page) => {
        await page.goto(base);
        await page.getByRole('button', { name: 'Dark theme' }).click();
        await page.goto(`${base}/faq`);
        assert.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), 'dark');
        assert.equal(await page.getByRole('button', { name: 'Dark theme' }).getAttribute('aria-pressed'), 'true');
      });
    });

    test('a pull spec can be copied', async () => {
      await withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
        await page.goto(`${base}/releases/${names.stable}`);
        await page.getByRole('button', { name: 'Copy command: Pull spec' }).click();
        await page.getByRole('button', { name: 'Copied command: Pull spec' }).waitFor();
        assert.match(String(await page.evaluate('navigator.clipboard.readText()')), /^localhost:8080\/okd\/scos-release@sha256:[0-9a-f]{64}$/);
      });
    });

    test('the components can be filtered', async () => {
      await withPage({}, async (page) => {
        await page.goto(`${base}/releases/${names.stable}`);
        await page.getByLabel('Show only').fill('HARBOR operator');
        await page.getByText('1 of 14 shown').waitFor();
        assert.equal(await page.locator('#components-table tbody tr:visible').count(), 1);
      });
    });

    test('a node of the graph can be reached with the keyboard, lights up its edges, and leads to its release', async () => {
      await withPage({}, async (page) => {
        await page.goto(`${base}/channels/stable-scos-4.21`);
        await page.locator(`a[data-version="${names.oldStable}"]`).focus();
        assert.equal(await page.locator('path.edge[data-lit]').count(), 3);
        await page.keyboard.press('Enter');
        await page.waitForURL(`**/releases/${names.oldStable}`);
      });
    });

    test('the demo button starts a run and shows it', async () => {
      await withPage({}, async (page) => {
        await page.goto(base);
        await page.getByRole('button', { name: 'Run the contaminated demo' }).click();
        await page.waitForURL(`**/releases/${names.running}`);
      });
    });

    test('a release that is being worked on shows its progress without a reload, and keeps what was opened', async () => {
      let done = false;
      const moving: Api = async (path, init) => {
        const answer = await sampleApi(path, init);
        if (!done || !path.startsWith(`/api/releases/${names.running}`)) return answer;
        const release = answer.body as ReleaseDetail;
        const steps = release.steps.map((step) => (step.state === 'running' ? { ...step, state: 'done' as const, seconds: 12.3 } : step));
        return { status: 200, body: { ...release, phase: 'Accepted', reason: 'All gates passed just now.', steps } };
      };
      const live = await listen(moving);
      try {
        await withPage({}, async (page) => {
          await page.goto(`${live.base}/releases/${names.running}`);
          await page.evaluate('window.sameDocument = true');
          await page.getByText('Evidence').first().click();
          await page.getByLabel('Show only').fill('dock');
          done = true;
          await page.getByText('All gates passed just now.').waitFor();
          assert.equal(await page.evaluate('window.sameDocument'), true);
          assert.equal(await page.locator('details[open]').count(), 1);
          await page.getByText(`${names.running}: Accepted.`).waitFor({ state: 'attached' });
        }, live.base);
      } finally {
        await live.app.close();
      }
    });
  });
});
