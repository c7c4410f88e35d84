import { Type } from 'typebox';
import { canonicalJson, messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import { isSemver, parseSemver } from '../../version/index.ts';
import type { OkdData } from '../okd.ts';
import { compileRegex } from '../regex/index.ts';
import type { BlockedEdge, Channel, GraphData, GraphProblem, Risk } from '../types.ts';
import { emptyOkd, parseOkdFile } from './okd.ts';
import { MatchingRules } from './rules.ts';
import { invalid, lineOfField, located, readYaml } from './yaml.ts';

/** Schema of graph-data that is understood: `1.0` to `1.2` (Cincinnati itself fails open on a higher minor). */
const SUPPORTED = { major: 1n, minor: 2n };

/** What `channel=` may ask for (update-graph § 1.2). */
export const CHANNEL_NAME = /^[0-9a-z\-.]+$/;

/** `OWNERS`, `_OWNERS`, `README.md`: files about the folder that nobody takes for data. */
const HOUSEKEEPING = /\/(_?[A-Z]+|[^/]+\.md)$/;

const ChannelFile = Type.Object({ name: Type.String(), versions: Type.Array(Type.String()) });
const BlockFile = Type.Object({ to: Type.String(), from: Type.String() }, { additionalProperties: false });
const RiskFile = Type.Object({
  to: Type.String(),
  from: Type.String(),
  url: Type.String({ minLength: 1 }),
  name: Type.String({ minLength: 1 }),
  message: Type.String({ minLength: 1 }),
  fixedIn: Type.Optional(Type.String()),
  matchingRules: MatchingRules,
});
const RawFile = Type.Record(Type.String(), Type.Record(Type.String(), Type.String()));

const parse = {
  channel: parserOf(ChannelFile, 'GRAPH_DATA_INVALID'),
  block: parserOf(BlockFile, 'GRAPH_DATA_INVALID'),
  risk: parserOf(RiskFile, 'GRAPH_DATA_INVALID'),
  raw: parserOf(RawFile, 'GRAPH_DATA_INVALID'),
};

export interface ParseOptions {
  /**
   * Strict (the default): the first problem is thrown. Otherwise problems are collected, each naming the version whose
   * incoming updates {@link compileGraph} then shows as conditional on `GraphDataError`: a service keeps running, and
   * no risky edge becomes a recommendation because of a slip of the pen (update-graph § 2.6).
   */
  readonly strict?: boolean;
  /** Keeps what was parsed, by path and text, so that a recompile reads only the files that changed. */
  readonly cache?: ParseCache;
}

/** See {@link ParseOptions.cache}. */
export type ParseCache = Map<string, { readonly text: string; readonly parsed: unknown }>;

/** Parses a file, or takes what the same text gave before. */
function remembered<T>(cache: ParseCache | undefined, file: string, text: string, work: () => T): T {
  const known = cache?.get(file);
  if (known !== undefined && known.text === text) return known.parsed as T;
  const parsed = work();
  cache?.set(file, { text, parsed });
  return parsed;
}

/**
 * Parses graph-data given as path -> text (`version`, `channels/*.yaml`, `blocked-edges/*.yaml`, `raw/metadata.json`;
 * other paths are ignored). Throws `GRAPH_DATA_INVALID` with file, line and field, `GRAPH_DATA_SCHEMA` for a schema
 * version that is not supported.
 */
export function parseGraphData(files: ReadonlyMap<string, string>, options: ParseOptions = {}): GraphData {
  const problems: GraphProblem[] = [];
  const schema = schemaVersion(files.get('version'));
  const channels: Channel[] = [];
  const blocked: BlockedEdge[] = [];
  let raw: GraphData['raw'] = {};
  let okd: OkdData | undefined;
  const { cache } = options;
  const channelNames = new Map<string, string>();
  const riskNames = new Map<string, Pick<BlockedEdge, 'file' | 'risk'>>();

  const attempt = (file: string, text: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      const { field } = error.place;
      const line = error.place.line ?? (field === undefined ? undefined : lineOfField(file, text, field));
      problems.push({
        severity: 'error',
        file,
        ...(line === undefined ? {} : { line }),
        ...(field === undefined ? {} : { field }),
        message: error.message,
        ...(file.startsWith('channels/') ? {} : { targets: targetsOf(file, text) }),
      });
    }
  };

  for (const [file, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const folder = file.slice(0, file.indexOf('/') + 1);
    if (folder === 'channels/' || folder === 'blocked-edges/') {
      if (HOUSEKEEPING.test(file)) continue;
      attempt(file, text, () => {
        if (!file.endsWith('.yaml'))
          throw new SlipwayError('GRAPH_DATA_INVALID', 'the file would be ignored: its name must end in ".yaml".', {
            place: { file },
          });
        if (folder === 'channels/') {
          const channel = remembered(cache, file, text, () => parseChannel(file, text));
          requireFirst(file, channel.name, channelNames);
          channels.push(channel);
        } else {
          const edge = remembered(cache, file, text, () => parseBlockedEdge(file, text));
          requireOneDefinition(edge, riskNames);
          blocked.push(edge);
        }
      });
    } else if (folder === 'okd/') {
      if (HOUSEKEEPING.test(file)) continue;
      // a folder that Cincinnati does not read; that it is there turns on what it rules (evidence, kinds of channels)
      okd ??= emptyOkd();
      const known: OkdData = okd;
      attempt(file, text, () => {
        okd = { ...known, ...remembered(cache, file, text, () => parseOkdFile(file, text)) };
      });
    } else if (file === 'raw/metadata.json') {
      attempt(file, text, () => {
        raw = remembered(cache, file, text, () => parseRaw(file, text));
      });
    }
  }

  for (const risk of okd?.risks ?? []) attempt(risk.file, '', () => requireOneDefinition(risk, riskNames));

  const [first] = problems;
  if (first !== undefined && (options.strict ?? true)) {
    const more = problems.length - 1;
    throw new SlipwayError('GRAPH_DATA_INVALID', first.message, {
      place: {
        file: first.file,
        ...(first.line === undefined ? {} : { line: first.line }),
        ...(first.field === undefined ? {} : { field: first.field }),
      },
      ...(more === 0
        ? {}
        : { hint: `${more} more: ${[...new Set(problems.slice(1).map((problem) => problem.file))].join(', ')}.` }),
    });
  }
  return { schema, channels, blocked, raw, ...(okd === undefined ? {} : { okd }), problems };
}

function schemaVersion(text: string | undefined): string {
  const place = { place: { file: 'version' } };
  if (text === undefined)
    throw new SlipwayError('GRAPH_DATA_SCHEMA', 'graph-data has no file "version" that names its schema.', place);
  const schema = text.trim();
  if (!isSemver(schema))
    throw new SlipwayError('GRAPH_DATA_SCHEMA', `"${schema.slice(0, 80)}" is not a schema version.`, place);
  const { major, minor } = parseSemver(schema);
  if (major !== SUPPORTED.major || minor > SUPPORTED.minor)
    throw new SlipwayError(
      'GRAPH_DATA_SCHEMA',
      `graph-data of schema ${schema} is not supported; 1.0 to ${SUPPORTED.major}.${SUPPORTED.minor} are.`,
      place,
    );
  return schema;
}

function requireVersion(field: string, version: string): void {
  if (!isSemver(version)) throw invalid(field, `"${version}" is not a semantic version.`);
}

function requirePattern(from: string): void {
  try {
    compileRegex(from);
  } catch (error) {
    throw invalid('from', messageOf(error));
  }
}

/** A channel may be defined in one file only. */
function requireFirst(file: string, name: string, earlier: Map<string, string>): void {
  const twin = earlier.get(name);
  if (twin !== undefined)
    throw new SlipwayError('GRAPH_DATA_INVALID', `the channel "${name}" is already defined in ${twin}.`, {
      place: { file, field: 'name' },
    });
  earlier.set(name, file);
}

/**
 * The API server keys risks by name, and a Cluster Version Operator evaluates one definition for each name
 * (update-graph § 6.1).
 */
function requireOneDefinition(
  edge: Pick<BlockedEdge, 'file' | 'risk'>,
  earlier: Map<string, Pick<BlockedEdge, 'file' | 'risk'>>,
): void {
  if (edge.risk === undefined) return;
  const twin = earlier.get(edge.risk.name);
  if (twin !== undefined && twin.risk !== edge.risk && canonicalJson(twin.risk) !== canonicalJson(edge.risk))
    throw new SlipwayError(
      'GRAPH_DATA_INVALID',
      `the risk "${edge.risk.name}" is defined differently in ${twin.file}.`,
      {
        place: { file: edge.file, field: 'name' },
      },
    );
  if (twin === undefined) earlier.set(edge.risk.name, edge);
}

function parseChannel(file: string, text: string): Channel {
  const { value, lineOf } = readYaml(file, text);
  return located(file, lineOf, () => {
    const { name, versions } = parse.channel(value, { file });
    if (!CHANNEL_NAME.test(name))
      throw invalid('name', `no client can ask for the channel "${name}": only 0-9, a-z, "-" and "." are allowed.`);
    versions.forEach((version, index) => {
      requireVersion(`versions.${index}`, version);
    });
    return { name, file, versions };
  });
}

function parseBlockedEdge(file: string, text: string): BlockedEdge {
  const { value, lineOf } = readYaml(file, text);
  return located(file, lineOf, () => {
    const isRisk =
      typeof value === 'object' &&
      value !== null &&
      ['url', 'name', 'message', 'matchingRules', 'fixedIn', 'autoExtend'].some((key) => key in value);
    if (!isRisk) {
      const { to, from } = parse.block(value, { file });
      requireVersion('to', to);
      requirePattern(from);
      return { file, to, from };
    }
    const { to, from, fixedIn, ...said } = parse.risk(value, { file });
    requireVersion('to', to);
    requirePattern(from);
    if (fixedIn !== undefined) requireVersion('fixedIn', fixedIn);
    const risk: Risk = {
      url: said.url,
      name: said.name,
      message: said.message,
      matchingRules: said.matchingRules.map((rule) =>
        rule.type === 'Always' ? { type: rule.type } : { type: rule.type, promql: { promql: rule.promql.promql } },
      ),
    };
    return { file, to, from, risk, ...(fixedIn === undefined ? {} : { fixedIn }) };
  });
}

function parseRaw(file: string, text: string): GraphData['raw'] {
  const { value, lineOf } = readYaml(file, text);
  return located(file, lineOf, () => {
    const raw = parse.raw(value, { file });
    for (const version of Object.keys(raw))
      if (!isSemver(version)) throw new SlipwayError('GRAPH_DATA_INVALID', `"${version}" is not a semantic version.`);
    return raw;
  });
}

/**
 * The versions that an unusable file may have been about: its `to`; else each version its name begins with, for the
 * dash in `4.9.1-rc.1-SomeRisk.yaml` says not where the version ends; else every version.
 */
function targetsOf(file: string, text: string): string[] {
  if (file.startsWith('okd/')) return ['*'];
  const to = /^to:\s*['"]?([^\s'"#]+)/m.exec(text)?.[1];
  if (to !== undefined && isSemver(to)) return [to];
  const parts = file
    .slice(file.lastIndexOf('/') + 1)
    .replace(/\.[a-z]+$/, '')
    .split('-');
  const named = parts.map((_, end) => parts.slice(0, end + 1).join('-')).filter(isSemver);
  return named.length > 0 ? named : ['*'];
}
