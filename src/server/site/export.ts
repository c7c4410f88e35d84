import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { SlipwayError, writeFileAtomic } from '../../util/index.ts';

/** Links of a page that lead to other pages or files of this site: href and src, without query and fragment. */
export function linksOf(html: string): string[] {
  const found = new Set<string>();
  for (const [, url] of html.matchAll(/\s(?:href|src)="(\/[^"#?]*)/g))
    if (url !== undefined && !url.startsWith('//')) found.add(url);
  return [...found].sort();
}

/** What a static host can not answer, or what is large: it stays with the server. */
const LEAVE = /^\/(v2|api|graph|downloads|attestations)(\/|$)/;

function fileOf(path: string, html: boolean): string {
  if (!html) return path;
  return path.endsWith('/') ? `${path}index.html` : `${path}/index.html`;
}

/**
 * Writes the site as static files: from `/` on, every page and asset that a page links to, and signatures. Returns the
 * number of files. Errors: `SITE_EXPORT_FAILED` naming the page that links to something missing.
 */
export async function exportSite(app: FastifyInstance, folder: string): Promise<number> {
  const queue: { path: string; from: string }[] = [{ path: '/', from: '(start)' }];
  const seen = new Set(['/']);
  let written = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const answer = await app.inject({ method: 'GET', url: next.path, headers: { host: 'localhost' } });
    if (answer.statusCode !== 200) {
      throw new SlipwayError(
        'SITE_EXPORT_FAILED',
        `${next.path} answers ${answer.statusCode}; ${next.from} links to it.`,
      );
    }
    const html = String(answer.headers['content-type'] ?? '').startsWith('text/html');
    await writeFileAtomic(join(folder, decodeURIComponent(fileOf(next.path, html))), answer.rawPayload);
    written += 1;
    const found = html
      ? linksOf(answer.body)
      : String(answer.headers['content-type'] ?? '').startsWith('text/css')
        ? cssLinks(answer.body)
        : [];
    for (const path of found) {
      if (seen.has(path) || LEAVE.test(path)) continue;
      seen.add(path);
      queue.push({ path, from: next.path });
    }
  }
  return written;
}

function cssLinks(css: string): string[] {
  return [...css.matchAll(/url\(["']?(\/[^"')]+)/g)].flatMap(([, url]) => (url === undefined ? [] : [url]));
}
