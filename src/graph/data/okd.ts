import { type Static, Type } from 'typebox';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver, parseRange, type VersionRange } from '../../version/index.ts';
import type { EvidencePolicy, OkdData } from '../okd.ts';
import { MatchingRules } from './rules.ts';
import { invalid, located, readYaml } from './yaml.ts';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Https = Type.String({ pattern: '^https://[^\\s]+$' });
const Kind = Type.Enum(['fcos', 'nightly', 'ec', 'rc', 'other', 'ga']);

const SCHEMAS = {
  'okd/sources.yaml': Type.Array(Type.Object({ to: Text, from: Type.Array(Text, { minItems: 1 }) }, strict)),
  'okd/channels.yaml': Type.Array(
    Type.Object(
      {
        name: Type.String({ pattern: '^[0-9a-z.-]+$' }),
        feeder: Type.Optional(
          Type.Object(
            {
              name: Text,
              delay: Type.Optional(Type.String({ pattern: '^P(\\d+W|(\\d+D)?(T\\d+H)?)$' })),
              gates: Type.Optional(
                Type.Array(Type.String({ pattern: '^(upgrade-test|content-audit|signed|community>=\\d+)$' })),
              ),
            },
            strict,
          ),
        ),
        kinds: Type.Optional(Type.Array(Kind, { minItems: 1 })),
        untested: Type.Optional(Type.Union([Type.Literal('conditional'), Type.Literal('recommended')])),
        aliasOf: Type.Optional(Text),
      },
      strict,
    ),
  ),
  'okd/barriers.yaml': Type.Array(Type.Object({ version: Text, reason: Text, url: Type.Optional(Https) }, strict)),
  'okd/deadends.yaml': Type.Array(
    Type.Object({ version: Text, reason: Text, exit: Text, url: Type.Optional(Https) }, strict),
  ),
  'okd/pullspecs.yaml': Type.Array(
    Type.Object(
      {
        from: Text,
        to: Text,
        digests: Type.Optional(
          Type.Union([Type.Literal('all'), Type.Array(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }))]),
        ),
        gone: Type.Optional(Type.Boolean()),
      },
      strict,
    ),
  ),
  'okd/risks.yaml': Type.Array(
    Type.Object(
      {
        name: Type.String({ pattern: '^[A-Z][A-Za-z0-9]{0,99}$' }),
        url: Https,
        message: Text,
        matchingRules: MatchingRules,
        affects: Type.Object({ to: Text, from: Text }, strict),
        fixedIn: Type.Optional(Text),
        owner: Type.Optional(Text),
        opened: Type.Optional(Text),
      },
      strict,
    ),
  ),
  'okd/evidence.yaml': Type.Object(
    {
      failingAfter: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
      flakyBelow: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      url: Type.Optional(Https),
      requireSignature: Type.Optional(Type.Boolean()),
      requireAudit: Type.Optional(Type.Boolean()),
    },
    strict,
  ),
} as const;

type Schemas = typeof SCHEMAS;

const DEFAULT_EVIDENCE: EvidencePolicy = {
  failingAfter: 3,
  flakyBelow: 0.75,
  url: 'https://github.com/okd-project/okd/issues',
  requireSignature: false,
  requireAudit: false,
};

export function emptyOkd(): OkdData {
  return {
    sources: [],
    channels: [],
    barriers: [],
    deadends: [],
    pullspecs: [],
    risks: [],
    evidence: DEFAULT_EVIDENCE,
  };
}

type Located<Name extends keyof Schemas> = (value: Static<Schemas[Name]>, file: string) => Partial<OkdData>;

function range(field: string, text: string): VersionRange {
  try {
    return parseRange(text);
  } catch (error) {
    throw invalid(field, messageOf(error));
  }
}

function version(field: string, text: string): string {
  if (!isSemver(text)) throw invalid(field, `"${text}" is not a semantic version.`);
  return text;
}

/** `P1W`, `P3D`, `P1DT12H` in milliseconds (ISO 8601, the subset of graph-data's feeders). */
export function durationMs(text: string): number {
  const [, weeks = '0', days = '0', hours = '0'] = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(\d+)H)?$/.exec(text) ?? [];
  return ((Number(weeks) * 7 + Number(days)) * 24 + Number(hours)) * 3_600_000;
}

const READERS: { readonly [Name in keyof Schemas]: Located<Name> } = {
  'okd/sources.yaml': (rules, file) => ({
    sources: rules.map((rule, at) => ({
      file,
      to: range(`${at}.to`, rule.to),
      from: rule.from.map((text, position) => range(`${at}.from.${position}`, text)),
    })),
  }),
  'okd/channels.yaml': (list, file) => {
    list.forEach(({ name, aliasOf, feeder, kinds }, at) => {
      if (list.findIndex((other) => other.name === name) !== at)
        throw invalid(`${at}.name`, `the channel "${name}" is there twice.`);
      if (aliasOf !== undefined && (feeder !== undefined || kinds !== undefined))
        throw invalid(`${at}.aliasOf`, `"${name}" is an alias, so it has no feeder and no kinds of its own.`);
    });
    return {
      channels: list.map(({ feeder, ...policy }) => ({
        ...policy,
        file,
        ...(feeder === undefined
          ? {}
          : { feeder: { name: feeder.name, delayMs: durationMs(feeder.delay ?? 'P'), gates: feeder.gates ?? [] } }),
      })),
    };
  },
  'okd/barriers.yaml': (list) => ({
    barriers: list.map((barrier, at) => ({ ...barrier, version: version(`${at}.version`, barrier.version) })),
  }),
  'okd/deadends.yaml': (list) => ({
    deadends: list.map((deadend, at) => ({ ...deadend, version: version(`${at}.version`, deadend.version) })),
  }),
  'okd/pullspecs.yaml': (list) => ({
    pullspecs: list.map(({ from, to, digests = [], gone = false }) => ({ from, to, digests, gone })),
  }),
  'okd/risks.yaml': (list, file) => ({
    risks: list.map(({ name, url, message, matchingRules, affects, fixedIn, owner, opened }, at) => {
      if (list.findIndex((other) => other.name === name) !== at)
        throw invalid(`${at}.name`, `the risk "${name}" is there twice; give it one range with "||".`);
      return {
        file,
        risk: { url, name, message, matchingRules },
        to: range(`${at}.affects.to`, affects.to),
        from: range(`${at}.affects.from`, affects.from),
        ...(fixedIn === undefined ? {} : { fixedIn: version(`${at}.fixedIn`, fixedIn) }),
        ...(owner === undefined ? {} : { owner }),
        ...(opened === undefined ? {} : { opened }),
      };
    }),
  }),
  'okd/evidence.yaml': (policy) => ({ evidence: { ...DEFAULT_EVIDENCE, ...policy } }),
};

function isOkdFile(file: string): file is keyof Schemas {
  return Object.hasOwn(SCHEMAS, file);
}

function readerOf<Name extends keyof Schemas>(name: Name): (file: string, text: string) => Partial<OkdData> {
  const parse = parserOf(SCHEMAS[name], 'GRAPH_DATA_INVALID');
  return (file, text) => {
    const { value, lineOf } = readYaml(file, text);
    return located(file, lineOf, () => READERS[name](parse(value ?? [], { file }), file));
  };
}

const compiled = new Map<keyof Schemas, ReturnType<typeof readerOf>>();

/** Parses one file of `okd/`. Throws `GRAPH_DATA_INVALID` with file, line and field. */
export function parseOkdFile(file: string, text: string): Partial<OkdData> {
  if (!isOkdFile(file))
    throw new SlipwayError('GRAPH_DATA_INVALID', 'there is no such file in okd/, so what it says would be ignored.', {
      place: { file },
      hint: `The files are ${Object.keys(SCHEMAS).join(', ')}.`,
    });
  const reader = compiled.get(file) ?? readerOf(file);
  compiled.set(file, reader);
  return reader(file, text);
}
