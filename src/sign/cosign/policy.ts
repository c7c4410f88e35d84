import type { KeyObject } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { parseAllDocuments } from 'yaml';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { loadCosignPublicKey } from './key.ts';

const Policy = Type.Object({
  kind: Type.Union([Type.Literal('ClusterImagePolicy'), Type.Literal('ImagePolicy')]),
  metadata: Type.Object({ name: Type.String() }),
  spec: Type.Object({
    scopes: Type.Array(Type.String()),
    policy: Type.Object({
      rootOfTrust: Type.Object({
        policyType: Type.String(),
        publicKey: Type.Optional(Type.Object({ keyData: Type.String() })),
      }),
    }),
  }),
});
const parsePolicy: (value: unknown, place?: { file?: string }) => Static<typeof Policy> = parserOf(
  Policy,
  'SIGN_POLICY_INVALID',
);

/** A ClusterImagePolicy as far as a public key decides it (openshift/api config.openshift.io/v1). */
export interface ImagePolicy {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly key: KeyObject;
}

/**
 * The image policies with a public key in a manifest; policies by other roots of trust (Fulcio, a PKI) are left out:
 * nothing here can judge by them. Throws `SIGN_POLICY_INVALID`, `SIGN_KEY_INVALID` with the file.
 */
export function imagePolicies(yaml: string, file: string): readonly ImagePolicy[] {
  return parseAllDocuments(yaml, { uniqueKeys: false, prettyErrors: false }).flatMap((document) => {
    if (document.errors[0] !== undefined)
      throw new SlipwayError('SIGN_POLICY_INVALID', `the manifest does not parse: ${document.errors[0].message}.`, {
        place: { file },
      });
    const value: unknown = document.toJS();
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
    if (kind !== 'ClusterImagePolicy' && kind !== 'ImagePolicy') return [];
    const { metadata, spec } = parsePolicy(value, { file });
    const { policyType, publicKey } = spec.policy.rootOfTrust;
    if (policyType !== 'PublicKey' || publicKey === undefined) return [];
    const key = loadCosignPublicKey(Buffer.from(publicKey.keyData, 'base64'), { file });
    return [{ name: metadata.name, scopes: spec.scopes, key }];
  });
}

/** Whether a scope covers an image (containers-policy.json(5), § docker:): itself, what is below it, `*.host`. */
export function scopeCovers(scope: string, reference: string): boolean {
  const repository = reference.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  if (scope.startsWith('*.')) return (repository.split('/')[0] ?? '').endsWith(scope.slice(1));
  return [reference, repository].includes(scope) || repository.startsWith(`${scope}/`);
}
