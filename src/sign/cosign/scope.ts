import type { ImagePolicy } from './policy.ts';

/**
 * The scopes under which a policy for an image is looked for, the most specific first: the image, its repository, what
 * is above that, the host, `*.` and the domains above the host without its port (containers-policy.json(5), § docker:).
 */
export function scopesOf(reference: string): readonly string[] {
  const scopes = [reference];
  let name = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  for (;;) {
    scopes.push(name);
    const slash = name.lastIndexOf('/');
    if (slash === -1) break;
    name = name.slice(0, slash);
  }
  const labels = name.replace(/:.*$/, '').split('.');
  return [...scopes, ...labels.slice(1).map((_, at) => `*.${labels.slice(at + 1).join('.')}`)];
}

/** What must be satisfied where: all policies of one scope, in the cluster or for the pods of one namespace. */
export interface Governing {
  /** Absent for the whole cluster. */
  readonly namespace?: string;
  readonly scope: string;
  readonly policies: readonly ImagePolicy[];
}

/** The policies of the most specific scope that any of them has for the image. */
function mostSpecific(policies: readonly ImagePolicy[], reference: string): Governing | undefined {
  for (const scope of scopesOf(reference)) {
    const found = policies.filter(({ scopes }) => scopes.includes(scope));
    if (found.length > 0) return { scope, policies: found };
  }
  return undefined;
}

/**
 * Which policies a node applies to an image: of several scopes the most specific alone, and of that every policy, as the
 * Machine Config Operator collects them (getValidScopePolicies). An ImagePolicy counts in its namespace, and not below a
 * scope that a ClusterImagePolicy has; as both scopes lie on the image's one line of scopes, one of the cluster displaces all.
 */
export function governingPolicies(policies: readonly ImagePolicy[], reference: string): readonly Governing[] {
  const cluster = mostSpecific(
    policies.filter(({ kind }) => kind === 'ClusterImagePolicy'),
    reference,
  );
  if (cluster !== undefined) return [cluster];
  const namespaces = Map.groupBy(
    policies.filter(({ kind }) => kind === 'ImagePolicy'),
    ({ namespace }) => namespace,
  );
  return [...namespaces].flatMap(([namespace, own]) => {
    const found = mostSpecific(own, reference);
    return found === undefined ? [] : [{ namespace, ...found }];
  });
}
