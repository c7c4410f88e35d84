import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const KeyId = Type.String({ pattern: '^[0-9a-f]{16}$' });
const Fingerprint = Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' });

const Package = Type.Object(
  {
    name: Text,
    epoch: Type.Optional(Type.Integer({ minimum: 0 })),
    version: Type.Optional(Text),
    release: Type.Optional(Text),
    arch: Type.Optional(Text),
    vendor: Type.Optional(Text),
    packager: Type.Optional(Text),
    buildHost: Type.Optional(Text),
    sourceRpm: Type.Optional(Text),
    license: Type.Optional(Text),
    /** Fingerprint of the key whose signature verifies. */
    signedBy: Type.Optional(Fingerprint),
    /** Ids of keys that signatures name and that can not be verified. */
    claims: Type.Optional(Type.Array(KeyId, { minItems: 1 })),
    /** The header is not the one that was signed. */
    tampered: Type.Optional(Type.Boolean()),
    /** A later layer removes it. */
    hidden: Type.Optional(Type.Boolean()),
    /** The repository that dnf's history names. */
    repository: Type.Optional(Text),
  },
  strict,
);

const Case = Type.Object(
  {
    name: Text,
    /** Name of the component; default: component. */
    component: Type.Optional(Text),
    /** Day (UTC) for which exceptions are judged; default: today. */
    on: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
    packages: Type.Optional(Type.Array(Package)),
    repositories: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: Text,
            urls: Type.Optional(Type.Array(Text)),
            enabled: Type.Optional(Type.Boolean()),
            gpgcheck: Type.Optional(Type.Boolean()),
            sslverify: Type.Optional(Type.Boolean()),
          },
          strict,
        ),
      ),
    ),
    contentSets: Type.Optional(Type.Array(Text)),
    osRelease: Type.Optional(Text),
    labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    environment: Type.Optional(Type.Record(Type.String(), Type.String())),
    certificates: Type.Optional(
      Type.Array(Type.Union([Type.Literal('entitlement'), Type.Literal('consumer'), Type.Literal('product')])),
    ),
    /** Paths of databases that can not be read. */
    unreadable: Type.Optional(Type.Array(Text)),
    /** Name of the known base image that it is built on. */
    base: Type.Optional(Text),
    expect: Type.Object(
      {
        verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail')]),
        /** Rules of open findings, in any order, each once; left out: not compared. */
        rules: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]+-\\d{3}$' }), { uniqueItems: true })),
        /** Ids of exceptions that cover something; left out: not compared. */
        exceptions: Type.Optional(Type.Array(Text, { uniqueItems: true })),
      },
      strict,
    ),
  },
  strict,
);

/** What a policy must say of things that are made up for the purpose. See docs/commands/audit.md for an example. */
export const PolicyTestSchema = Type.Object(
  {
    kind: Type.Literal('AuditPolicyTest'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    /** The policy, relative to this file. */
    policy: Type.Optional(Text),
    cases: Type.Array(Case, { minItems: 1 }),
  },
  strict,
);

export type PolicyCase = Static<typeof Case>;
export type PolicyCasePackage = Static<typeof Package>;
