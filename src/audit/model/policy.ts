import { type Static, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Patterns = Type.Array(Text);
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const RuleId = Type.String({ pattern: '^[A-Z]+-\\d{3}$' });

export const SeveritySchema = Type.Union([Type.Literal('deny'), Type.Literal('warn'), Type.Literal('info')]);
/** `deny` fails the verdict, `warn` is for people to look at, `info` is for the record. */
export type Severity = Static<typeof SeveritySchema>;

export const ProfileSchema = Type.Union([
  Type.Literal('nightly'),
  Type.Literal('stable'),
  Type.Literal('strict'),
  Type.Literal('report-only'),
]);
/** Which severities the rules have where the policy names none; the table is in `rules/profiles.ts`. */
export type Profile = Static<typeof ProfileSchema>;

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
    /** Default: `stable`. */
    profile: Type.Optional(ProfileSchema),
    signers: Type.Array(Signer, { minItems: 1 }),
    vendors: Type.Optional(AllowDeny),
    buildHosts: Type.Optional(AllowDeny),
    repositories: Type.Optional(AllowDeny),
    contentSets: Type.Optional(AllowDeny),
    osRelease: Type.Optional(AllowDeny),
    /** Names of base images, which are known by their layers. Where `allow` is given, any other is refused (BASE-001). */
    bases: Type.Optional(AllowDeny),
    /**
     * The part of denied signers' packages that may be handed on all the same, as UBI is of RHEL: what these base images
     * bring, or what is found in these catalogues (RPM-005 in place of RPM-001 and RPM-002).
     */
    redistributable: Type.Optional(
      Type.Object(
        {
          /** What the part is called. */
          name: Text,
          bases: Type.Optional(Patterns),
          catalogues: Type.Optional(Patterns),
        },
        strict,
      ),
    ),
    /** Names of packages that carry a trademark (PKG-001) and of tools of a subscription (PKG-002). */
    packages: Type.Optional(
      Type.Object({ trademark: Type.Optional(Patterns), subscription: Type.Optional(Patterns) }, strict),
    ),
    /** How many packages must be proven, and how far; the others are listed (COV-003). */
    proof: Type.Optional(
      Type.Object(
        {
          level: Type.Union([
            Type.Literal('L1'),
            Type.Literal('L2'),
            Type.Literal('L3'),
            Type.Literal('L4'),
            Type.Literal('L5'),
          ]),
          percent: Type.Number({ minimum: 0, maximum: 100 }),
        },
        strict,
      ),
    ),
    /** Warnings refuse as well, unless an exception acknowledges them by name; what no exception can cover does not. */
    acknowledgeWarnings: Type.Optional(Type.Boolean()),
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

export interface Redistributable {
  readonly name: string;
  readonly bases: readonly string[];
  readonly catalogues: readonly string[];
}

/** A parsed policy: plain readonly data with every list present, so that it can be stored and compared. */
export interface Policy {
  readonly name: string;
  readonly description: string;
  /** `sha256:…` over the canonical JSON of the file's content: comments and order of keys do not count. */
  readonly digest: string;
  readonly profile: Profile;
  readonly signers: readonly PolicySigner[];
  readonly vendors: AllowDenyList;
  readonly buildHosts: AllowDenyList;
  readonly repositories: AllowDenyList;
  readonly contentSets: AllowDenyList;
  readonly osRelease: AllowDenyList;
  readonly bases: AllowDenyList;
  readonly redistributable: Redistributable | null;
  readonly proof: { readonly level: 'L1' | 'L2' | 'L3' | 'L4' | 'L5'; readonly percent: number } | null;
  readonly acknowledgeWarnings: boolean;
  readonly packages: { readonly trademark: readonly string[]; readonly subscription: readonly string[] };
  readonly imagesWithoutPackages: readonly string[];
  readonly severities: Readonly<Record<string, Severity>>;
  readonly exceptions: readonly PolicyException[];
}
