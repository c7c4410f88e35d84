import { SlipwayError } from '../../util/index.ts';
import { type Digest, isDigest } from './digest.ts';

/** A name of an image: `registry/repository[:tag][@digest]`. `registry` keeps its port. */
export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::([0-9]{1,5}))?$/;
const LARGEST_PORT = 65_535;
/** distribution-spec 1.1, § Pulling manifests: the grammar of `<name>`. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const MAX_REPOSITORY = 255;

export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_REPOSITORY && REPOSITORY.test(text);
}

function isRegistry(text: string): boolean {
  const match = REGISTRY.exec(text);
  return match !== null && Number(match[1] ?? 0) <= LARGEST_PORT;
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

function invalid(text: string, reason: string): SlipwayError {
  return new SlipwayError('OCI_REFERENCE_INVALID', `"${text}" is not an image reference: ${reason}`, {
    hint: 'Expected HOST[:PORT]/REPOSITORY[:TAG][@DIGEST].',
  });
}

/**
 * Parses an image reference. The registry must be named: a short name that would mean Docker Hub is refused, because
 * nothing in a release may depend on a default. Throws `OCI_REFERENCE_INVALID`.
 */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf('@');
  const digest = at === -1 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, `"${digest}" is not a digest.`);
  const name = at === -1 ? text : text.slice(0, at);
  const slash = name.indexOf('/');
  const registry = slash === -1 ? '' : name.slice(0, slash);
  if (!(registry.includes('.') || registry.includes(':') || registry === 'localhost') || !isRegistry(registry)) {
    throw invalid(text, 'it does not begin with the name of a registry.');
  }
  const path = name.slice(slash + 1);
  const colon = path.indexOf(':');
  const tag = colon === -1 ? undefined : path.slice(colon + 1);
  const repository = colon === -1 ? path : path.slice(0, colon);
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `"${tag}" is not a tag.`);
  if (!isRepositoryName(repository)) throw invalid(text, `"${repository}" is not a repository name.`);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

export function formatReference(reference: ImageReference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
