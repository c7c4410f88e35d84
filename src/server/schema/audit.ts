import { type Static, Type } from 'typebox';
import { Nullable } from '../../util/index.ts';

const Verdict = Type.Union([Type.Literal('pass'), Type.Literal('fail')]);
const Severity = Type.Union([Type.Literal('deny'), Type.Literal('warn'), Type.Literal('info')]);
const Names = Type.Array(Type.String());

const Line = Type.Object({ file: Type.String(), line: Type.Integer(), text: Type.String() });

export const FindingView = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  title: Type.String({ description: 'what the rule asks' }),
  severity: Severity,
  message: Type.String({ description: 'what was seen, one sentence' }),
  images: Type.Array(Type.String({ description: 'every component that inherits it' })),
  packages: Type.Array(Type.String({ description: 'NEVRAs' })),
  layer: Nullable(Type.String({ description: '"layer 2 of 4 (sha256:…)"' })),
  introducedBy: Nullable(Type.String({ description: 'base image or instruction that brought it in' })),
  origin: Type.Array(Type.String({ description: 'layer, instruction, repository, base image: one line a fact' })),
  lineToRevert: Nullable(
    Type.Object(
      { ...Line.properties, before: Nullable(Type.String({ description: 'the base image of before' })) },
      { description: 'the line of the release definition that chose the base image' },
    ),
  ),
  subjects: Type.Array(
    Type.Object({
      label: Type.String({ description: 'NEVRA, path, or name of an image' }),
      message: Type.String(),
      package: Nullable(Type.String()),
      evidence: Names,
      also: Type.Array(Type.String({ description: 'other rules that fire for it' })),
    }),
  ),
});

const SignerView = Type.Object({ keyId: Type.String(), owner: Type.String(), packages: Type.Integer() });

export const BaseView = Type.Object({
  name: Type.String(),
  layers: Type.Integer(),
  images: Names,
  packages: Type.Integer(),
  signers: Type.Array(SignerView),
});

export const ExceptionView = Type.Object({
  id: Type.String(),
  rules: Names,
  owner: Type.String(),
  reason: Type.String(),
  expires: Type.String({ description: 'last day it holds (UTC)' }),
  state: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('unused'), Type.Literal('expired')]),
  expiring: Type.Boolean({ description: 'it holds and ends within 14 days' }),
  covers: Type.Integer({ description: 'findings, image by image' }),
});

export const AuditDifferenceView = Type.Object({
  previous: Type.String({ description: 'the last accepted release before this one' }),
  images: Type.Object({ added: Names, removed: Names }),
  packages: Type.Array(
    Type.Object({
      name: Type.String({ description: 'name.arch' }),
      before: Nullable(Type.String()),
      after: Nullable(Type.String()),
      signer: Nullable(Type.String()),
      images: Names,
    }),
  ),
  signersAdded: Type.Array(SignerView),
  signersRemoved: Type.Array(SignerView),
  bases: Type.Array(
    Type.Object({
      before: Nullable(Type.String()),
      after: Nullable(Type.String()),
      signersAdded: Names,
      signersRemoved: Names,
      images: Names,
    }),
  ),
  findingsAdded: Names,
  findingsGone: Names,
});

export const AuditView = Type.Object({
  verdict: Verdict,
  policy: Type.Object({ name: Type.String(), digest: Type.String(), profile: Type.String() }),
  images: Type.Integer(),
  packages: Type.Integer({ description: 'package occurrences, all images together' }),
  proof: Type.Array(
    Type.Object({
      level: Type.String({ description: 'L0 to L5' }),
      label: Type.String({ description: 'e.g. "header signature verified"' }),
      packages: Type.Integer(),
    }),
  ),
  signers: Type.Array(
    Type.Object({
      ...SignerView.properties,
      images: Type.Integer(),
      verified: Type.Integer({ description: 'packages whose signature was verified' }),
      fingerprint: Nullable(Type.String()),
      verdict: Type.String({ description: 'of the policy: allow, warn, deny, unknown, unsigned' }),
    }),
  ),
  bases: Type.Array(BaseView),
  exceptions: Type.Array(ExceptionView),
  difference: Nullable(AuditDifferenceView),
  differenceProblem: Nullable(
    Type.String({ description: 'why there is no difference, although there was an earlier release' }),
  ),
  findings: Type.Array(FindingView),
});

export const RejudgedView = Type.Object({
  policy: Type.Object({ name: Type.String(), digest: Type.String() }),
  releases: Type.Array(
    Type.Object({
      name: Type.String(),
      phase: Type.String(),
      before: Verdict,
      after: Verdict,
      added: Type.Array(Type.String({ description: 'finding that only the new policy gives' })),
      gone: Type.Array(Type.String({ description: 'finding that only the old policy gave' })),
    }),
  ),
  outdated: Type.Array(
    Type.Object({ name: Type.String(), reason: Type.String({ description: 'why it could not be judged again' }) }),
  ),
});
export type RejudgedView = Static<typeof RejudgedView>;

const Claims = Type.Object({
  vendor: Nullable(Type.String()),
  packager: Nullable(Type.String()),
  buildHost: Nullable(Type.String()),
  built: Nullable(Type.String()),
  sourceRpm: Nullable(Type.String()),
  license: Nullable(Type.String()),
});

/** How it is known what a package is: `Explanation` of the audit, for the API. */
export const AuditExplanationView = Type.Object({
  kind: Type.Literal('AuditExplanation'),
  apiVersion: Type.Literal('slipway.okd.io/v1'),
  query: Type.String(),
  policy: Type.Object({ name: Type.String(), digest: Type.String() }),
  packages: Type.Array(
    Type.Object({
      nevra: Type.String(),
      header: Type.String({ description: 'sha256 of the signed header' }),
      headerDigest: Type.String(),
      claims: Claims,
      signatures: Type.Array(
        Type.Object({
          tag: Type.Integer(),
          algorithm: Type.String(),
          keyId: Nullable(Type.String()),
          fingerprint: Nullable(Type.String()),
          result: Type.String({ description: 'ok, bad, no-key, unverifiable' }),
          reason: Type.String(),
          policy: Nullable(Type.Object({ owner: Type.String(), verdict: Type.String(), line: Nullable(Line) })),
          holder: Nullable(Type.Object({ owner: Type.String(), class: Type.String() })),
        }),
      ),
      proof: Type.Object({ level: Type.String(), label: Type.String() }),
      catalogues: Names,
      origins: Type.Array(
        Type.Object({
          origin: Type.Object({
            layer: Type.Integer(),
            layers: Type.Integer(),
            digest: Type.String(),
            diffId: Type.String(),
            chainId: Type.String(),
            base: Nullable(Type.String()),
            baseKind: Nullable(Type.String()),
            below: Nullable(Type.String()),
            chosenAt: Nullable(Type.Object({ ...Line.properties, before: Nullable(Type.String()) })),
            createdBy: Type.String(),
            instructions: Names,
            repositories: Names,
            commands: Names,
          }),
          databases: Names,
          images: Type.Array(
            Type.Object({
              name: Type.String(),
              digest: Type.String(),
              hiddenBy: Nullable(Type.Integer()),
              by: Type.String(),
            }),
          ),
          files: Type.Array(Type.Object({ image: Type.String(), state: Type.String(), reason: Type.String() })),
        }),
      ),
      rules: Type.Array(
        Type.Object({
          rule: Type.String(),
          title: Type.String(),
          severity: Severity,
          message: Type.String(),
          line: Nullable(Line),
        }),
      ),
      findings: Type.Array(
        Type.Object({
          id: Type.String(),
          rule: Type.String(),
          severity: Severity,
          status: Type.String(),
          message: Type.String(),
          exceptions: Type.Array(
            Type.Object({
              id: Type.String(),
              owner: Type.String(),
              reason: Type.String(),
              expires: Type.String(),
              line: Nullable(Line),
            }),
          ),
        }),
      ),
    }),
  ),
});
