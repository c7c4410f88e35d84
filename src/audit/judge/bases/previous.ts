import { Type } from 'typebox';
import { parserOf } from '../../../util/index.ts';
import type { ReportBase } from '../../model/index.ts';
import type { BaseChange } from '../../rules/index.ts';

const Signer = Type.Object({ keyId: Type.String(), owner: Type.String() });
const parse = parserOf(
  Type.Object({
    /** Reports that were made before base images were listed have none. */
    bases: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          chainId: Type.String(),
          images: Type.Array(Type.String()),
          signers: Type.Array(Signer),
        }),
      ),
    ),
  }),
  'AUDIT_REPORT_INVALID',
);

type PreviousBase = Pick<ReportBase, 'name' | 'chainId'> & {
  readonly images: readonly string[];
  readonly signers: readonly { readonly keyId: string; readonly owner: string }[];
};

/** The last accepted release, as plain data: what each component was built on, and who signed that. */
export interface PreviousRelease {
  readonly name: string;
  readonly bases: readonly PreviousBase[];
}

/** Takes what is needed out of the audit report of an earlier release. Throws `AUDIT_REPORT_INVALID`. */
export function previousRelease(name: string, report: unknown): PreviousRelease {
  return { name, bases: parse(report, { field: name }).bases ?? [] };
}

const nameOf = ({ keyId, owner }: { readonly keyId: string; readonly owner: string }): string =>
  keyId === '' ? 'nobody (unsigned packages)' : `${owner}, key ${keyId}`;

/**
 * How the base image of one component differs from the last accepted release's (spec audit.md § 4.5: what happened on
 * 2022-03-03); undefined when it is the same, or nothing is known of before.
 */
export function baseChangeOf(image: string, to: PreviousBase, previous: PreviousRelease): BaseChange | undefined {
  const from = previous.bases.find((base) => base.images.includes(image));
  if (!from || from.chainId === to.chainId) return undefined;
  const only = (of: PreviousBase, other: PreviousBase): string[] =>
    of.signers.filter(({ keyId }) => !other.signers.some((signer) => signer.keyId === keyId)).map(nameOf);
  return {
    previous: previous.name,
    from: { name: from.name, chainId: from.chainId },
    to: { name: to.name, chainId: to.chainId },
    added: only(to, from),
    removed: only(from, to),
  };
}
