/** A container reference as containers/image splits it; only what the identity rule needs. */
export interface Named {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const REFERENCE =
  /^((?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$/;

/** The parts of a full reference; undefined when it is none. */
export function splitReference(reference: string): Named | undefined {
  const [, name, tag, digest] = REFERENCE.exec(reference) ?? [];
  return name === undefined ? undefined : { name, tag, digest };
}

/**
 * How the name in a signature has to fit the name of the pull (containers-policy.json(5), `signedIdentity`; of the same
 * names, but for their first letter, are the `matchPolicy` of image policies).
 */
export type SignedIdentity =
  | { readonly type: 'matchRepoDigestOrExact' | 'matchRepository' }
  | { readonly type: 'exactRepository'; readonly repository: string }
  | { readonly type: 'remapIdentity'; readonly prefix: string; readonly signedPrefix: string };

const BY_DEFAULT: SignedIdentity = { type: 'matchRepoDigestOrExact' };

/** A prefix ends where a part of the name does. */
function remapped(reference: string, name: string, prefix: string, signedPrefix: string): string {
  const fits = name === prefix || name.startsWith(`${prefix}/`);
  return fits ? `${signedPrefix}${reference.slice(prefix.length)}` : reference;
}

/**
 * The identity rule of containers/image, by default `matchRepoDigestOrExact`: pulled by tag, the signature must name
 * exactly that tag; pulled by digest, it must name the same repository, with some tag or digest (payload format § 3.3; IsNameOnly in
 * policy_reference_match.go). Returns why the signature
 * does not fit the pull, or undefined when it does.
 */
export function identityObjection(
  pulled: string,
  signed: string,
  rule: SignedIdentity = BY_DEFAULT,
): string | undefined {
  const [intended, named] = [splitReference(pulled), splitReference(signed)];
  if (intended === undefined) return `"${pulled}" is not a full reference with registry, repository and tag or digest`;
  if (named === undefined) return `the signature names "${signed}", which is not a full reference`;
  const repository = (wanted: string): string | undefined =>
    named.name === wanted ? undefined : `the signature is for ${named.name}, not for ${wanted}`;
  switch (rule.type) {
    case 'matchRepository':
      return repository(intended.name);
    case 'exactRepository':
      return repository(rule.repository);
    case 'remapIdentity':
      return identityObjection(remapped(pulled, intended.name, rule.prefix, rule.signedPrefix), signed);
    case 'matchRepoDigestOrExact':
      if (named.tag === undefined && named.digest === undefined)
        return `the signature names ${signed}, which has neither tag nor digest`;
      if (intended.digest !== undefined) return repository(intended.name);
      if (intended.tag === undefined) return `"${pulled}" names neither tag nor digest`;
      return pulled === signed
        ? undefined
        : `the signature is for ${signed}, and a pull by tag needs exactly ${pulled}`;
  }
}
