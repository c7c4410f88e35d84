import { isDigest, isRepositoryName } from '../../format/index.ts';

/** What a request under /v2/ is about; `undefined` for a path that the distribution API does not have. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags' | 'uploads'; readonly repository: string }
  | {
      readonly kind: 'manifest' | 'blob' | 'referrers' | 'upload';
      readonly repository: string;
      readonly reference: string;
    };

const SHAPES: readonly (readonly [RegExp, (match: readonly string[]) => Route])[] = [
  [/^$/, () => ({ kind: 'base' })],
  [/^_catalog$/, () => ({ kind: 'catalog' })],
  [/^(.+)\/tags\/list$/, ([, repository = '']) => ({ kind: 'tags', repository })],
  [
    /^(.+)\/manifests\/([^/]+)$/,
    ([, repository = '', reference = '']) => ({ kind: 'manifest', repository, reference }),
  ],
  [/^(.+)\/blobs\/uploads\/?$/, ([, repository = '']) => ({ kind: 'uploads', repository })],
  [
    /^(.+)\/blobs\/uploads\/([^/]+)$/,
    ([, repository = '', reference = '']) => ({ kind: 'upload', repository, reference }),
  ],
  [/^(.+)\/blobs\/([^/]+)$/, ([, repository = '', reference = '']) => ({ kind: 'blob', repository, reference })],
  [
    /^(.+)\/referrers\/([^/]+)$/,
    ([, repository = '', reference = '']) => ({ kind: 'referrers', repository, reference }),
  ],
];

/** An error of the distribution API: status and code (distribution-spec 1.1, § Error Codes). */
export class ProtocolError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Parses the path after `/v2/`, already percent-decoded. Names and digests are checked here, so no path escapes the storage. */
export function parseRoute(path: string): Route | undefined {
  for (const [shape, make] of SHAPES) {
    const match = shape.exec(path);
    if (!match) continue;
    const route = make(match);
    if ('repository' in route && !isRepositoryName(route.repository))
      throw new ProtocolError(400, 'NAME_INVALID', `"${route.repository}" is not a repository name`);
    if ((route.kind === 'blob' || route.kind === 'referrers') && !isDigest(route.reference))
      throw new ProtocolError(400, 'DIGEST_INVALID', `"${route.reference}" is not a digest`);
    return route;
  }
  return undefined;
}
