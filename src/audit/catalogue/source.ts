import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SlipwayError, systemCode } from '../../util/index.ts';

/** A repository of packages, as its files are read. `href` is relative to its root, without `..`. */
export interface RepositorySource {
  /** As messages and catalogues name it; null for a folder. */
  readonly url: string | null;
  /** A whole file of at most `limit` bytes. Throws `AUDIT_REPOSITORY_…`. */
  file(href: string, limit: number): Promise<Buffer>;
  /** Bytes `start` (included) to `end` (excluded) of a file. Throws `AUDIT_REPOSITORY_…`. */
  range(href: string, start: number, end: number): Promise<Buffer>;
}

const place = (href: string): { readonly place: { readonly file: string } } => ({ place: { file: href } });

function unreadable(href: string, reason: string, cause?: unknown): SlipwayError {
  return new SlipwayError('AUDIT_REPOSITORY_UNREADABLE', `the repository's file can not be read: ${reason}.`, {
    ...place(href),
    ...(cause === undefined ? {} : { cause }),
  });
}

function tooLarge(href: string, limit: number): SlipwayError {
  return new SlipwayError('AUDIT_REPOSITORY_HOSTILE', `the file has more than ${limit} bytes.`, place(href));
}

/** Paths in repodata are words of the repository: none may lead out of it. */
function checked(href: string): string {
  if (/^([a-z][a-z0-9+.-]*:|\/)/iu.test(href) || href.split('/').includes('..')) {
    throw new SlipwayError('AUDIT_REPOSITORY_HOSTILE', `"${href}" leads out of the repository.`, place(href));
  }
  return href;
}

/** A repository in a folder: a mirror, or what createrepo made. */
export function folderRepository(root: string): RepositorySource {
  return {
    url: null,
    async file(href, limit) {
      const bytes = await readFile(join(root, checked(href))).catch((error: unknown) => {
        throw unreadable(href, systemCode(error) === 'ENOENT' ? 'it does not exist' : messageOf(error), error);
      });
      if (bytes.length > limit) throw tooLarge(href, limit);
      return bytes;
    },
    async range(href, start, end) {
      const handle = await open(join(root, checked(href))).catch((error: unknown) => {
        throw unreadable(href, systemCode(error) === 'ENOENT' ? 'it does not exist' : messageOf(error), error);
      });
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
        if (bytesRead < end - start) throw unreadable(href, `it ends before byte ${end}`);
        return buffer;
      } finally {
        await handle.close();
      }
    },
  };
}

async function body(response: Response, href: string, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > limit) throw tooLarge(href, limit);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * A repository on a web server. Headers of packages are fetched by HTTP range requests (RFC 9110 § 14): some ten
 * kilobytes each, where the package has megabytes. A server that does not know ranges is refused.
 */
export function webRepository(url: string, get: typeof fetch = fetch): RepositorySource {
  const root = url.endsWith('/') ? url : `${url}/`;
  const request = async (href: string, headers: Record<string, string>): Promise<Response> => {
    const response = await get(new URL(checked(href), root), { headers }).catch((error: unknown) => {
      throw unreadable(href, messageOf(error instanceof Error ? (error.cause ?? error) : error), error);
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw unreadable(href, `the server answers ${response.status}`);
    }
    return response;
  };
  return {
    url: root,
    file: async (href, limit) => await body(await request(href, { 'accept-encoding': 'identity' }), href, limit),
    async range(href, start, end) {
      const response = await request(href, { range: `bytes=${start}-${end - 1}`, 'accept-encoding': 'identity' });
      if (response.status !== 206) {
        await response.body?.cancel();
        throw unreadable(href, `the server answers a request for a part with ${response.status}, not 206`);
      }
      const bytes = await body(response, href, end - start);
      if (bytes.length !== end - start) throw unreadable(href, `${bytes.length} bytes came instead of ${end - start}`);
      return bytes;
    },
  };
}
