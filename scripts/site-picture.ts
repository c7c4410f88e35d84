/**
 * Takes the picture of the home page that the README shows, from a server that is running:
 *   .toolchain/node scripts/site-picture.ts http://localhost:8080 docs/site.png
 * Chromium is Debian's, as for the tests; CHROMIUM names another one.
 */
import { chromium } from 'playwright-core';

const [url, path] = process.argv.slice(2);
if (url === undefined || path === undefined) {
  process.stderr.write('usage: site-picture.ts URL FILE\n');
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' });
  await page.goto(url, { waitUntil: 'networkidle' });
  await page.screenshot({ path });
} finally {
  await browser.close();
}
