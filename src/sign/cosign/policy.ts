import type { KeyObject } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { parseYamlDocuments, yamlValue } from '../../util/yaml/index.ts';
import type { SignedIdentity } from '../identity.ts';
import { loadCosignPublicKey } from './key.ts';

const Identity = Type.Object({
  matchPolicy: Type.Union([
    Type.Literal('MatchRepoDigestOrExact'),
    Type.Literal('MatchRepository'),
    Type.Literal('ExactRepository'),
    Type.Literal('RemapIdentity'),
  ]),
  exactRepository: Type.Optional(Type.Object({ repository: Type.String() })),
  remapIdentity: Type.Optional(Type.Object({ prefix: Type.String(), signedPrefix: Type.String() })),
});

const Policy = Type.Object({
  kind: Type.Union([Type.Literal('ClusterImagePolicy'), Type.Literal('ImagePolicy')]),
  metadata: Type.Object({ name: Type.String(), namespace: Type.Optional(Type.String()) }),
  spec: Type.Object({
    scopes: Type.Array(Type.String()),
    policy: Type.Object({
      rootOfTrust: Type.Object({
        policyType: Type.String(),
        publicKey: Type.Optional(Type.Object({ keyData: Type.String(), rekorKeyData: Type.Optional(Type.String()) })),
      }),
      signedIdentity: Type.Optional(Identity),
    }),
  }),
});
const parsePolicy: (value: unknown, place?: { file?: string }) => Static<typeof Policy> = parserOf(
  Policy,
  'SIGN_POLICY_INVALID',
);

/** A ClusterImagePolicy or ImagePolicy (openshift/api config.openshift.io/v1) as far as it can be judged here. */
export interface ImagePolicy {
  readonly kind: 'ClusterImagePolicy' | 'ImagePolicy';
  readonly name: string;
  /** Empty for a ClusterImagePolicy. */
  readonly namespace: string;
  readonly scopes: readonly string[];
  /** The public key that its signatures are made by; absent where another root of trust (Fulcio, a PKI) decides. */
  readonly key?: KeyObject;
  /** What of the policy can not be judged here, e.g. `Fulcio`; absent when all of it can. */
  readonly beyond?: string;
  readonly identity: SignedIdentity;
}

const ROOTS: ReadonlyMap<string, string> = new Map([
  ['FulcioCAWithRekor', 'certificates of Fulcio, entries of Rekor'],
  ['PKI', 'certificates of a PKI'],
]);

function identityOf(given: Static<typeof Identity> | undefined, file: string): SignedIdentity {
  /** What the `matchPolicy` needs beside it (openshift/api: required with it). */
  const needed = <T>(name: string, value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new SlipwayError('SIGN_POLICY_INVALID', `the matchPolicy ${given?.matchPolicy} needs "${name}".`, {
      place: { file, field: `spec.policy.signedIdentity.${name}` },
    });
  };
  switch (given?.matchPolicy) {
    case 'MatchRepository':
      return { type: 'matchRepository' };
    case 'ExactRepository':
      return { type: 'exactRepository', ...needed('exactRepository', given.exactRepository) };
    case 'RemapIdentity':
      return { type: 'remapIdentity', ...needed('remapIdentity', given.remapIdentity) };
    default:
      return { type: 'matchRepoDigestOrExact' };
  }
}

function policyOf({ kind, metadata, spec }: Static<typeof Policy>, file: string): ImagePolicy {
  const { scopes, policy } = spec;
  const { policyType, publicKey } = policy.rootOfTrust;
  const common = {
    kind,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    scopes,
    identity: identityOf(policy.signedIdentity, file),
  };
  if (policyType !== 'PublicKey') return { ...common, beyond: ROOTS.get(policyType) ?? policyType };
  if (publicKey === undefined)
    throw new SlipwayError('SIGN_POLICY_INVALID', 'a policy of the type PublicKey needs a public key.', {
      place: { file, field: 'spec.policy.rootOfTrust.publicKey' },
    });
  return {
    ...common,
    key: loadCosignPublicKey(Buffer.from(publicKey.keyData, 'base64'), { file }),
    ...(publicKey.rekorKeyData === undefined ? {} : { beyond: 'entries of Rekor' }),
  };
}

/** The image policies in a manifest. Throws `SIGN_POLICY_INVALID`, `SIGN_KEY_INVALID` with the file. */
export function imagePolicies(yaml: string, file: string): readonly ImagePolicy[] {
  return [...parseYamlDocuments(yaml, { uniqueKeys: false, prettyErrors: false })].flatMap((document) => {
    if (document.errors[0] !== undefined)
      throw new SlipwayError('SIGN_POLICY_INVALID', `the manifest does not parse: ${document.errors[0].message}.`, {
        place: { file },
      });
    const value: unknown = yamlValue(document);
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
    if (kind !== 'ClusterImagePolicy' && kind !== 'ImagePolicy') return [];
    return [policyOf(parsePolicy(value, { file }), file)];
  });
}
