import { SlipwayError } from '../../util/index.ts';
import { goQuote } from '../text/index.ts';

/**
 * An image reference as image streams and oc write it: the registry may be missing, unlike in the oci room's
 * `parseReference`, whose references must be reachable.
 */
export interface PullSpec {
  readonly registry: string;
  readonly namespace: string;
  /** The rest of the path, with slashes. */
  readonly name: string;
  readonly tag: string;
  /** Digest. */
  readonly id: string;
}

const DOMAIN =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

function refuse(spec: string, reason: string): SlipwayError {
  return new SlipwayError('PAYLOAD_PULL_SPEC_INVALID', `${goQuote(spec)} is not a valid image reference: ${reason}`, {
    place: { image: spec },
  });
}

function isRegistry(part: string): boolean {
  return /[.:]/.test(part) || part === 'localhost';
}

/** Parses a pull spec. Throws `PAYLOAD_PULL_SPEC_INVALID`. */
export function parsePullSpec(spec: string): PullSpec {
  if (spec === '') throw refuse(spec, 'repository name must have at least one component');
  const at = spec.indexOf('@');
  const id = at === -1 ? '' : spec.slice(at + 1);
  if (at !== -1 && !DIGEST.test(id)) throw refuse(spec, 'invalid reference format');
  let path = at === -1 ? spec : spec.slice(0, at);
  const colon = path.lastIndexOf(':');
  let tag = '';
  // "host:5000" alone names a registry: its colon introduces a port
  if (colon > path.lastIndexOf('/') && (path.includes('/') || !/^(?:localhost|[^:]*\.[^:]*):\d+$/.test(path))) {
    tag = path.slice(colon + 1);
    path = path.slice(0, colon);
    if (!TAG.test(tag)) throw refuse(spec, 'invalid reference format');
  }
  const [first = '', ...rest] = path.split('/');
  const upper = /[A-Z]/.test(first) && rest.length > 0;
  const registry = isRegistry(first) ? first : '';
  const parts = registry === '' ? [first, ...rest] : rest;
  if (registry !== '' && !DOMAIN.test(registry)) throw refuse(spec, 'invalid reference format');
  for (const [index, part] of parts.entries()) {
    if (COMPONENT.test(part) || (upper && registry === '' && index === 0)) continue;
    throw refuse(
      spec,
      COMPONENT.test(part.toLowerCase()) ? 'repository name must be lowercase' : 'invalid reference format',
    );
  }
  const [namespace = '', ...names] = parts;
  return names.length === 0
    ? { registry, namespace: '', name: namespace, tag, id }
    : { registry, namespace, name: names.join('/'), tag, id };
}

/** As `parsePullSpec`; `undefined` for what is no pull spec. */
export function pullSpecOf(spec: string): PullSpec | undefined {
  try {
    return parsePullSpec(spec);
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

/** `registry/namespace/name`, without tag and digest. */
export function repositoryOf({ registry, namespace, name }: PullSpec): string {
  return [registry, namespace, name].filter((part) => part !== '').join('/');
}

/** The pull spec's text: by digest when it has one, else by tag. Empty when it names no repository. */
export function formatPullSpec(spec: PullSpec): string {
  if (spec.name === '') return '';
  return `${repositoryOf(spec)}${spec.id !== '' ? `@${spec.id}` : spec.tag !== '' ? `:${spec.tag}` : ''}`;
}
