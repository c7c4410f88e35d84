import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { messageOf, parserOf, SlipwayError, sha256Hex, systemCode } from '../../util/index.ts';

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

const ReleaseDefinitionSchema = Type.Object(
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

/** A job as the release definition states it; `command` is an absolute path after loading. */
export type JobConfiguration = Static<typeof Job>;

/** Everything a stream needs, read from one YAML file; paths inside are absolute. */
export interface ReleaseDefinition extends Static<typeof ReleaseDefinitionSchema> {
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

const parse = parserOf(ReleaseDefinitionSchema, 'RELEASE_DEFINITION_INVALID');

type Sets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The sets that `images.rebased` adds, whole. */
function rebasedSets(
  { sets, bases, rebased = {} }: Static<typeof ReleaseDefinitionSchema>['images'],
  invalid: (field: string, message: string) => never,
): Sets {
  const made = Object.entries(rebased).map(([name, { like, instead, base, components }]) => {
    const field = `images.rebased.${name}`;
    if (Object.hasOwn(sets, name)) invalid(field, `there is a set "${name}" already.`);
    if (!Object.hasOwn(sets, like)) invalid(`${field}.like`, `there is no set "${like}".`);
    for (const [key, value] of Object.entries({ instead, base }))
      if (!Object.hasOwn(bases, value)) invalid(`${field}.${key}`, `there is no base image "${value}".`);
    const alike = sets[like] ?? {};
    const stranger = Object.keys(components).find((component) => !Object.hasOwn(alike, component));
    if (stranger !== undefined) invalid(`${field}.components`, `the set "${like}" has no component "${stranger}".`);
    // The line decides: with the base image of before, the set is what it is like.
    return [name, base === instead ? alike : { ...alike, ...components }] as const;
  });
  return Object.fromEntries(made);
}

function duplicates(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index);
}

/**
 * Parses a release definition. Errors (`RELEASE_DEFINITION_INVALID`) name the file with the line or the field; a
 * component named twice in one set is a duplicate YAML key and refused with its line.
 */
export function parseReleaseDefinition(text: string, file: string): ReleaseDefinition {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new SlipwayError('RELEASE_DEFINITION_INVALID', `the YAML does not parse: ${problem.message.split('\n')[0]}`, {
      place: { file, ...(line === undefined ? {} : { line }) },
    });
  }
  const value = parse(document.toJS(), { file });
  const invalid = (field: string, message: string): never => {
    throw new SlipwayError('RELEASE_DEFINITION_INVALID', message, { place: { file, field } });
  };
  const twice = duplicates(value.jobs.map((job) => job.name));
  if (twice !== undefined) invalid('jobs', `two jobs are named "${twice}".`);
  const reserved = value.jobs.find(({ name }) => name === 'audit' || name === 'lint' || name === PROMOTION);
  if (reserved) invalid('jobs', `"${reserved.name}" is the name of a gate that releases have anyway.`);
  if (value.nightly.name === value.stable.name)
    invalid('stable.name', `the stable stream is named "${value.stable.name}" as the nightly one is.`);
  const { content, release } = value.repositories;
  if (content === release) invalid('repositories', 'content and release are one repository.');
  if (!Object.hasOwn(value.images.sets, value.images.defaultSet))
    invalid('images.defaultSet', `there is no set "${value.images.defaultSet}".`);
  const sets = { ...value.images.sets, ...rebasedSets(value.images, invalid) };
  const { store } = value.signing;
  for (const [set, components] of Object.entries(sets)) {
    if (!Object.hasOwn(components, value.images.payloadBase))
      invalid(`images.sets.${set}`, `the set lacks the payload's base "${value.images.payloadBase}".`);
    if (store !== undefined && !Object.hasOwn(components, store.component))
      invalid('signing.store.component', `the set "${set}" has no component "${store.component}".`);
  }
  if (!value.nightly.name.startsWith(`${value.line}.`))
    invalid('nightly.name', `the name does not belong to line ${value.line}.`);
  if (!value.stable.versionPrefix.startsWith(`${value.line}.`))
    invalid('stable.versionPrefix', `the prefix does not belong to line ${value.line}.`);
  const choices = Object.entries(value.images.rebased ?? {}).map(([set, { base, instead }]): [string, BaseChoice] => {
    const node = document.getIn(['images', 'rebased', set, 'base'], true);
    const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
    return [set, { base, instead, line, text: (text.split('\n')[line - 1] ?? '').trim() }];
  });
  const folder = dirname(file);
  return {
    ...value,
    choices: Object.fromEntries(choices),
    images: { ...value.images, sets, layout: resolve(folder, value.images.layout) },
    stable: {
      ...value.stable,
      ...(value.stable.audit?.policy === undefined
        ? {}
        : { audit: { ...value.stable.audit, policy: resolve(folder, value.stable.audit.policy) } }),
    },
    audit: {
      ...value.audit,
      policy: resolve(folder, value.audit.policy),
      keyring: value.audit.keyring.map((path) => resolve(folder, path)),
      ...(value.audit.catalogues === undefined
        ? {}
        : { catalogues: value.audit.catalogues.map((path) => resolve(folder, path)) }),
    },
    ...(value.lint === undefined ? {} : { lint: { policy: resolve(folder, value.lint.policy) } }),
    signing: { ...value.signing, key: resolve(folder, value.signing.key) },
    jobs: value.jobs.map((job) => ({ ...job, command: resolve(folder, job.command) })),
    ...(value.graph === undefined
      ? {}
      : {
          graph: {
            data: resolve(folder, value.graph.data),
            ...(value.graph.evidence === undefined ? {} : { evidence: resolve(folder, value.graph.evidence) }),
          },
        }),
    digest: sha256Hex(text),
    file,
  };
}

/** Reads a definition or a file that it names. Throws `RELEASE_DEFINITION_MISSING`. */
export async function readPart(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = systemCode(error) === 'ENOENT' ? 'the file does not exist' : messageOf(error);
    throw new SlipwayError('RELEASE_DEFINITION_MISSING', `${reason}.`, { place: { file }, cause: error });
  }
}

/** Reads and parses a release definition file. Errors: `RELEASE_DEFINITION_MISSING`, `RELEASE_DEFINITION_INVALID`. */
export async function loadReleaseDefinition(file: string): Promise<ReleaseDefinition> {
  return parseReleaseDefinition((await readPart(file)).toString('utf8'), file);
}
