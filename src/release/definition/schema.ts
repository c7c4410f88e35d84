import { type Static, Type } from 'typebox';

/** The gate that a nightly meets when it is promoted. */
export const PROMOTION = 'promotion';

const strict = { additionalProperties: false } as const;
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]*$' });

/** Repositories below `staging/` hold what is not accepted yet. Name: distribution-spec 1.1, § Pulling manifests. */
const PublicRepository = Type.String({
  pattern: '^(?!staging(/|$))[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*$',
});

const Job = Type.Object(
  {
    name: Name,
    title: Type.String({ minLength: 1 }),
    description: Type.Optional(Type.String()),
    /** Path of the script, relative to the definition. */
    command: Type.String({ minLength: 1 }),
    blocking: Type.Boolean(),
    timeoutSeconds: Type.Integer({ minimum: 1, maximum: 86_400 }),
    maxRetries: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  },
  strict,
);

const Rebased = Type.Object(
  {
    /** The set that it is like. */
    like: Name,
    /** Names of base images, as `images.bases` calls them: the one of `like`, and the one in its place. */
    instead: Type.String({ minLength: 1 }),
    base: Type.String({ minLength: 1 }),
    /** Components that are built on it ► image name in the layout. */
    components: Type.Record(Name, Type.String({ minLength: 1 }), { minProperties: 1 }),
  },
  strict,
);

/** The file as it is written; paths are relative to it. */
export const ReleaseDefinitionSchema = Type.Object(
  {
    kind: Type.Literal('ReleaseDefinition'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    /** `X.Y` line and architecture of everything below. */
    line: Type.String({ pattern: '^\\d+\\.\\d+$' }),
    architecture: Type.String({ pattern: '^[a-z0-9]+$' }),
    message: Type.Optional(Type.String()),
    nightly: Type.Object(
      {
        /** Prefix of nightly versions, e.g. `4.21.0-0.okd-scos`; a nightly is `<name>-YYYY-MM-DD-HHMMSS` (UTC). */
        name: Name,
        title: Type.String(),
        message: Type.Optional(Type.String()),
      },
      strict,
    ),
    stable: Type.Object(
      {
        name: Name,
        title: Type.String(),
        message: Type.Optional(Type.String()),
        /** Prefix of stable versions, e.g. `4.21.0-okd-scos`; the n-th promotion is `<versionPrefix>.<n>`. */
        versionPrefix: Type.String({ pattern: '^\\d+\\.\\d+\\.\\d+-okd-scos$' }),
        channels: Type.Array(Type.String({ pattern: '^[0-9a-z.-]+$' }), { minItems: 1, uniqueItems: true }),
        /** `automatic`: every accepted nightly is promoted at once. `manual`: by `slipway release promote`. */
        promotion: Type.Union([Type.Literal('automatic'), Type.Literal('manual')]),
        /** How a nightly is judged before it is promoted; left out: by the nightlies' policy in the profile `stable`. */
        audit: Type.Optional(
          Type.Object(
            {
              /** Policy file; left out: that of the nightlies. */
              policy: Type.Optional(Type.String({ minLength: 1 })),
              /** In place of the policy's own; left out: `stable`. */
              profile: Type.Optional(
                Type.Union([Type.Literal('stable'), Type.Literal('strict'), Type.Literal('nightly')]),
              ),
              /** In place of what the policy says: how many packages must be proven, and how far. */
              proof: Type.Optional(
                Type.Object(
                  {
                    level: Type.Union([Type.Literal('L2'), Type.Literal('L3'), Type.Literal('L4'), Type.Literal('L5')]),
                    percent: Type.Number({ minimum: 0, maximum: 100 }),
                  },
                  strict,
                ),
              ),
              /** In place of what the policy says: warnings refuse unless an exception names them. */
              acknowledgeWarnings: Type.Optional(Type.Boolean()),
            },
            strict,
          ),
        ),
      },
      strict,
    ),
    /** Repositories that others pull from, below the public registry. */
    repositories: Type.Object({ content: PublicRepository, release: PublicRepository }, strict),
    images: Type.Object(
      {
        /** OCI layout folder, relative to the definition. */
        layout: Type.String({ minLength: 1 }),
        /** Component sets: set name ► component name ► image name in the layout. */
        sets: Type.Record(Name, Type.Record(Name, Type.String({ minLength: 1 }))),
        defaultSet: Name,
        /** Sets that are another one with components rebuilt on another base image. */
        rebased: Type.Optional(Type.Record(Name, Rebased)),
        /** Base images the audit may attribute findings to: display name ► image name in the layout. */
        bases: Type.Record(Type.String(), Type.String()),
        /** Component whose image the release image is built on. */
        payloadBase: Name,
      },
      strict,
    ),
    audit: Type.Object(
      {
        policy: Type.String({ minLength: 1 }),
        keyring: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
        /** Catalogues of open packages, made by `slipway audit catalogue`: what they list is proven as L4. */
        catalogues: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true })),
        /** Hashes every file and compares it with what its package signed (L5, RPM-011, BIN-001). */
        deep: Type.Optional(Type.Boolean()),
      },
      strict,
    ),
    /** How findings of lint are weighed, and which are waived: a file as `slipway payload lint --policy` takes it. */
    lint: Type.Optional(Type.Object({ policy: Type.String({ minLength: 1 }) }, strict)),
    signing: Type.Object(
      {
        key: Type.String({ minLength: 1 }),
        creator: Type.String({ minLength: 1 }),
        /**
         * The component that ships the update keys, and the address in its manifests that stands for the signature store
         * of the engine that signs; an engine that is reached elsewhere puts its own in its place.
         */
        store: Type.Optional(
          Type.Object({ component: Name, address: Type.String({ pattern: '^(https?|file)://\\S+$' }) }, strict),
        ),
      },
      strict,
    ),
    jobs: Type.Array(Job),
    /** Rules of the update graph, laid over the releases of the ledger. */
    graph: Type.Optional(
      Type.Object(
        {
          /** Folder of graph-data (`version`, `blocked-edges/`, `okd/` …), relative to the definition. */
          data: Type.String({ minLength: 1 }),
          /** JSON lines of test results of updates. */
          evidence: Type.Optional(Type.String({ minLength: 1 })),
        },
        strict,
      ),
    ),
  },
  strict,
);

/** What the file says, whole and of the right shape. */
export type WrittenDefinition = Static<typeof ReleaseDefinitionSchema>;

/** A job as the release definition states it; `command` is an absolute path after loading. */
export type JobConfiguration = Static<typeof Job>;

/** Everything a stream needs, read from one YAML file; paths inside are absolute. */
export interface ReleaseDefinition extends WrittenDefinition {
  /** sha256 of the file's bytes: what a decision cites. */
  readonly digest: string;
  readonly file: string;
  /** Component set ► the line that chose the base image of its components, where it has one. */
  readonly choices: Readonly<Record<string, BaseChoice>>;
}

/** A line of the definition that chooses a base image. */
export interface BaseChoice {
  readonly base: string;
  readonly instead: string;
  readonly line: number;
  /** The line as it stands, without indentation. */
  readonly text: string;
}
