/** Where a component's source is, as its image's label says. */
export interface SourceUrl {
  /** Empty for a path on a disk. */
  readonly host: string;
  /** With a slash at the beginning, without `.git` at the end. */
  readonly path: string;
}

/** Reads a URL, or git's short form `user@host:path`. */
export function sourceUrl(location: string): SourceUrl {
  const short = /^[a-zA-Z0-9_-]+@([^:]+):(.+)$/.exec(location);
  const url = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:?#]*)(?::\d+)?([^?#]*)/i.exec(location);
  const [, host = '', path = ''] = short ?? url ?? ['', '', location];
  return {
    host,
    path: `/${path
      .replace(/^\/+/, '')
      .replace(/\/+$/, '')
      .replace(/\.git$/, '')}`,
  };
}

/** `https://host/path` of a source on a web host, for pages and pull requests; undefined for a path on a disk. */
export function webUrl(location: string): string | undefined {
  const { host, path } = sourceUrl(location);
  return host === '' ? undefined : `https://${host}${path}`;
}

/**
 * Where one commit of a component's source can be seen: GitHub's page, or location and commit side by side for other
 * hosts (payload format § 2.2).
 */
export function commitUrl(location: string, commit: string): string {
  return isGitHub(location) ? `${location}/commit/${commit}` : `${location} ${commit}`;
}

/** Where the difference of two commits can be seen. */
export function compareUrl(location: string, from: string, to: string): string {
  return isGitHub(location) ? `${location}/compare/${from}...${to}` : `${location} ${from} ${to}`;
}

function isGitHub(location: string): boolean {
  return /^https:\/\/github\.com(?:\/|$)/.test(location);
}
