import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Patterns = Type.Array(Text);
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const RuleId = Type.String({ pattern: '^[A-Z]+-\\d{3}$' });

export const SeveritySchema = Type.Union([Type.Literal('deny'), Type.Literal('warn'), Type.Literal('info')]);
/** `deny` fails the verdict, `warn` is for people to look at, `info` is for the record. */
export type Severity = Static<typeof SeveritySchema>;

/** What a policy says of values of one sort; a value in neither list is unknown. */
const AllowDeny = Type.Object({ allow: Type.Optional(Patterns), deny: Type.Optional(Patterns) }, strict);

const Signer = Type.Object(
  {
    /** Who holds these keys, as reports name them. */
    owner: Text,
    verdict: Type.Union([Type.Literal('allow'), Type.Literal('warn'), Type.Literal('deny')]),
    /** Fingerprints (40 or 64 hex digits), 64-bit key ids (16), or, for `deny` only, low 32-bit ids (8). */
    keys: Type.Array(Type.String({ pattern: '^([0-9a-f]{8}|[0-9a-f]{16}|[0-9a-f]{40}|[0-9a-f]{64})$' }), {
      minItems: 1,
    }),
  },
  strict,
);

const Exception = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
    /** Ids of the rules it covers. */
    rule: Type.Array(RuleId, { minItems: 1, uniqueItems: true }),
    /** Where it holds; each list that is given must match. */
    scope: Type.Object(
      {
        /** Patterns of component names. */
        components: Type.Optional(Type.Array(Text, { minItems: 1 })),
        /** Manifest digests of images. */
        digests: Type.Optional(Type.Array(Text, { minItems: 1 })),
        /** Chain ids of the introducing layer. */
        chainIds: Type.Optional(Type.Array(Text, { minItems: 1 })),
      },
      { ...strict, minProperties: 1 },
    ),
    /** What it covers; each list that is given must match. A subject without such a value is not covered. */
    match: Type.Object(
      {
        names: Type.Optional(Type.Array(Text, { minItems: 1 })),
        nevras: Type.Optional(Type.Array(Text, { minItems: 1 })),
        vendors: Type.Optional(Type.Array(Text, { minItems: 1 })),
        licenses: Type.Optional(Type.Array(Text, { minItems: 1 })),
        keys: Type.Optional(Type.Array(Text, { minItems: 1 })),
        paths: Type.Optional(Type.Array(Text, { minItems: 1 })),
        values: Type.Optional(Type.Array(Text, { minItems: 1 })),
      },
      { ...strict, minProperties: 1 },
    ),
    reason: Text,
    owner: Text,
    issue: Type.Optional(Text),
    /** First day it holds, `YYYY-MM-DD`. */
    created: Day,
    /** Last day it holds (UTC), at most 180 days after `created`. */
    expires: Day,
  },
  strict,
);

/** The policy file, as people write it. See README.md of this room for a commented example. */
export const PolicySchema = Type.Object(
  {
    kind: Type.Literal('AuditPolicy'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    name: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$' }),
    description: Type.Optional(Type.String()),
    signers: Type.Array(Signer, { minItems: 1 }),
    vendors: Type.Optional(AllowDeny),
    buildHosts: Type.Optional(AllowDeny),
    repositories: Type.Optional(AllowDeny),
    contentSets: Type.Optional(AllowDeny),
    osRelease: Type.Optional(AllowDeny),
    /** Patterns of component names that are known to carry no RPM database (built from scratch). */
    imagesWithoutPackages: Type.Optional(Patterns),
    /** Severity of a rule, where it differs from the rule's own. */
    severities: Type.Optional(Type.Record(RuleId, SeveritySchema)),
    exceptions: Type.Optional(Type.Array(Exception)),
  },
  strict,
);

export type PolicySigner = Static<typeof Signer>;
export type PolicyException = Static<typeof Exception>;

export interface AllowDenyList {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** A parsed policy: plain readonly data with every list present, so that it can be stored and compared. */
export interface Policy {
  readonly name: string;
  readonly description: string;
  /** `sha256:…` over the canonical JSON of the file's content: comments and order of keys do not count. */
  readonly digest: string;
  readonly signers: readonly PolicySigner[];
  readonly vendors: AllowDenyList;
  readonly buildHosts: AllowDenyList;
  readonly repositories: AllowDenyList;
  readonly contentSets: AllowDenyList;
  readonly osRelease: AllowDenyList;
  readonly imagesWithoutPackages: readonly string[];
  readonly severities: Readonly<Record<string, Severity>>;
  readonly exceptions: readonly PolicyException[];
}
