/** A container reference as containers/image splits it; only what the identity rule needs. */
interface Named {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const REFERENCE =
  /^((?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$/;

function parse(reference: string): Named | undefined {
  const match = REFERENCE.exec(reference);
  return match === null ? undefined : { name: match[1] as string, tag: match[2], digest: match[3] };
}

/**
 * The identity rule of containers/image that policies have by default (`matchRepoDigestOrExact`): pulled by tag, the
 * signature must name exactly that tag; pulled by digest, it must name the same repository (payload format § 3.3).
 * Returns why the signature does not fit the pull, or undefined when it does.
 */
export function identityObjection(pulled: string, signed: string): string | undefined {
  const [intended, named] = [parse(pulled), parse(signed)];
  if (intended === undefined) return `"${pulled}" is not a full reference with registry, repository and tag or digest`;
  if (named === undefined) return `the signature names "${signed}", which is not a full reference`;
  if (intended.digest !== undefined)
    return named.name === intended.name ? undefined : `the signature is for ${named.name}, not for ${intended.name}`;
  if (intended.tag === undefined) return `"${pulled}" names neither tag nor digest`;
  return pulled === signed ? undefined : `the signature is for ${signed}, and a pull by tag needs exactly ${pulled}`;
}
