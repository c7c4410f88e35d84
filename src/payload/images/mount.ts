import { isRepositoryName } from '../../oci/index.ts';

/** `host` and `path` of a repository's name; those of an embedded registry have no host. */
function splitName(name: string): { readonly host: string; readonly path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const host = /[.:]/.test(first) || first === 'localhost' ? first : '';
  return { host, path: host === '' ? name : name.slice(slash + 1) };
}

/** The repository that blobs can be mounted from: one of the target's own registry. */
export function mountSource(source: string, target: string): string | undefined {
  const from = splitName(source);
  return from.host === splitName(target).host && isRepositoryName(from.path) ? from.path : undefined;
}
