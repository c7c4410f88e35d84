import { type Static, Type } from 'typebox';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver, parseRange, type VersionRange } from '../../version/index.ts';
import type { ChannelPolicy, EvidencePolicy, Feeder, GateName, GateRule, Hurdle, OkdData } from '../okd.ts';
import { MatchingRules, Rfc3339 } from './rules.ts';
import { invalid, located, readYaml } from './yaml.ts';

const strict = { additionalProperties: false } as const;
const Text = Type.String({ minLength: 1 });
const Https = Type.String({ pattern: '^https://[^\\s]+$' });
const Kind = Type.Enum(['fcos', 'nightly', 'ec', 'rc', 'other', 'ga']);

/** `upgrade-test`, `community>=2` */
const GATE = /^(?:(upgrade-test|content-audit|signed)|(community|approval)>=([1-9]\d{0,2}))$/;
const GATE_NAMES: readonly GateName[] = ['upgrade-test', 'content-audit', 'signed', 'community', 'approval'];
const HURDLES: readonly Hurdle[] = ['feeder', 'delay', ...GATE_NAMES];

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
              gates: Type.Optional(Type.Array(Text, { uniqueItems: true })),
              kinds: Type.Optional(Type.Array(Kind, { minItems: 1 })),
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
  'okd/approvals.yaml': Type.Array(
    Type.Object(
      {
        channel: Text,
        versions: Text,
        by: Text,
        time: Rfc3339,
        reason: Text,
        waives: Type.Optional(Type.Array(Type.Union(HURDLES.map((name) => Type.Literal(name))), { minItems: 1 })),
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
    approvals: [],
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

function gateOf(field: string, text: string): GateRule {
  const [, plain, counted, count = '1'] = GATE.exec(text) ?? [];
  const known = GATE_NAMES.find((name) => name === (plain ?? counted));
  if (known === undefined)
    throw invalid(
      field,
      `there is no gate "${text}"; the gates are upgrade-test, content-audit, signed, community>=N and approval>=N.`,
    );
  return { name: known, wanted: Number(count) };
}

/** A chain of feeders ends somewhere, and no alias, which has no members of its own, is part of it. */
function requireChain(
  list: readonly { readonly name: string; readonly aliasOf?: string; readonly feeder?: { readonly name: string } }[],
): void {
  const feederOf = new Map(list.map(({ name, feeder }) => [name, feeder?.name]));
  list.forEach(({ name, feeder }, at) => {
    if (feeder === undefined) return;
    if (list.some((other) => other.name === feeder.name && other.aliasOf !== undefined))
      throw invalid(`${at}.feeder.name`, `"${feeder.name}" is an alias, and cannot feed ${name}: name a channel.`);
    const seen = new Set([name]);
    for (let next: string | undefined = feeder.name; next !== undefined; next = feederOf.get(next)) {
      if (seen.has(next))
        throw invalid(`${at}.feeder.name`, `"${name}" would be fed by itself: ${[...seen, next].join(' from ')}.`);
      seen.add(next);
    }
  });
}

interface WrittenFeeder {
  readonly name: string;
  readonly delay?: string;
  readonly gates?: readonly string[];
  readonly kinds?: Feeder['kinds'] & {};
}

function feederOf({ name, delay, gates = [], kinds }: WrittenFeeder, field: string): Feeder {
  return {
    name,
    delayMs: durationMs(delay ?? 'P'),
    gates: gates.map((text, at) => gateOf(`${field}.gates.${at}`, text)),
    ...(kinds === undefined ? {} : { kinds }),
  };
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
    requireChain(list);
    return {
      channels: list.map(
        ({ feeder, ...policy }, at): ChannelPolicy => ({
          ...policy,
          file,
          ...(feeder === undefined ? {} : { feeder: feederOf(feeder, `${at}.feeder`) }),
        }),
      ),
    };
  },
  'okd/approvals.yaml': (list) => ({
    approvals: list.map(({ versions, waives = [], ...said }, at) => {
      if (Number.isNaN(Date.parse(said.time))) throw invalid(`${at}.time`, `there is no time "${said.time}".`);
      return { ...said, versions: range(`${at}.versions`, versions), waives };
    }),
  }),
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
