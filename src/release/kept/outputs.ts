import { type Static, Type } from 'typebox';
import { parserOf } from '../../util/index.ts';
import type { StepName } from '../decide/index.ts';

const Digest = Type.String({ pattern: '^sha256:[0-9a-f]{64}$' });

/** What each step leaves for the steps after it; stored as JSON and parsed again on reading. */
const SCHEMAS = {
  import: Type.Object({
    set: Type.String(),
    /** sha256 over the sorted `name=digest` lines of the components: the identity of the input. */
    inputHash: Digest,
    components: Type.Array(Type.Object({ name: Type.String(), digest: Digest, sizeBytes: Type.Integer() })),
  }),
  audit: Type.Object({
    verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail')]),
    report: Digest,
    policy: Digest,
    images: Type.Integer(),
    packages: Type.Integer(),
    findings: Type.Integer(),
    summary: Type.String(),
  }),
  assemble: Type.Object({ digest: Digest, images: Type.Integer(), manifests: Type.Integer() }),
  lint: Type.Object({ report: Digest, errors: Type.Integer(), warnings: Type.Integer() }),
  verify: Type.Object({
    jobs: Type.Array(
      Type.Object({
        name: Type.String(),
        blocking: Type.Boolean(),
        passed: Type.Boolean(),
        reason: Type.String(),
        report: Digest,
      }),
    ),
  }),
  judge: Type.Object({
    phase: Type.Union([Type.Literal('Accepted'), Type.Literal('Rejected')]),
    reason: Type.String(),
    gates: Digest,
  }),
  promote: Type.Object({
    digest: Digest,
    from: Type.String(),
    fromDigest: Digest,
    images: Type.Integer(),
    manifests: Type.Integer(),
  }),
  sign: Type.Object({ reference: Type.String(), fingerprint: Type.String(), keyId: Type.String() }),
  publish: Type.Object({
    pullSpec: Type.String(),
    digest: Digest,
    downloads: Type.Array(Type.Object({ name: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() })),
    /** Reports and attestations of the release as a whole; left out by releases that were published without any. */
    attestations: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String(),
          title: Type.String(),
          /** Null for a report, which nobody signed. */
          predicateType: Type.Union([Type.String(), Type.Null()]),
          sizeBytes: Type.Integer(),
          sha256: Type.String(),
        }),
      ),
    ),
  }),
};

export type StepOutput<Name extends StepName> = Static<(typeof SCHEMAS)[Name]>;

/** Reads a stored output. Throws `RELEASE_STATE_INVALID` when it does not have the step's shape. */
export function parseOutput<Name extends StepName>(step: Name, release: string, value: unknown): StepOutput<Name> {
  return parserOf(SCHEMAS[step], 'RELEASE_STATE_INVALID')(value, { field: `${release}: ${step}` }) as StepOutput<Name>;
}

/** The output of a step that ended, well or badly. */
export function outputOf<Name extends StepName>(
  steps: readonly { readonly step: string; readonly state: string; readonly output: unknown }[],
  step: Name,
  release: string,
): StepOutput<Name> | undefined {
  const stored = steps.find((record) => record.step === step && (record.state === 'done' || record.state === 'bad'));
  return stored && parseOutput(step, release, stored.output);
}
