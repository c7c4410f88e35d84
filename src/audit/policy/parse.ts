import { Compile } from 'typebox/compile';
import { canonicalJson, sha256Hex } from '../../util/index.ts';
import {
  type AllowDenyList,
  type Policy,
  type PolicyException,
  PolicySchema,
  type PolicySigner,
} from '../model/index.ts';
import { compilePattern } from '../patterns/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { dayNumber } from './days.ts';
import { type YamlLine, type YamlPath, YamlSource } from './yaml.ts';

/** Longest life of an exception (spec audit.md § 6.3). */
export const EXCEPTION_DAYS = 180;

const validator = Compile(PolicySchema);
const rank = { info: 0, warn: 1, deny: 2 } as const;

function checkSigners(signers: readonly PolicySigner[], source: YamlSource): void {
  const owners = new Map<string, string>();
  for (const [index, signer] of signers.entries()) {
    for (const [position, key] of signer.keys.entries()) {
      const path = ['signers', index, 'keys', position];
      if (key.length === 8 && signer.verdict !== 'deny') {
        source.refuse(path, `the 32-bit key id ${key} is too easily forged to allow anything; name the fingerprint.`);
      }
      const other = owners.get(key);
      if (other !== undefined) source.refuse(path, `the key ${key} is listed for "${other}" as well.`);
      owners.set(key, signer.owner);
    }
  }
}

function checkPatterns(patterns: readonly string[], path: YamlPath, source: YamlSource): void {
  for (const [index, pattern] of patterns.entries()) {
    try {
      compilePattern(pattern);
    } catch {
      source.refuse([...path, index], `"${pattern}" is not a regular expression.`);
    }
  }
}

function checkException(exception: PolicyException, index: number, source: YamlSource): void {
  const at = (...rest: YamlPath): YamlPath => ['exceptions', index, ...rest];
  for (const [position, id] of exception.rule.entries()) {
    const rule = RULE_SUMMARIES.find((known) => known.id === id);
    if (!rule) source.refuse(at('rule', position), `there is no rule ${id}.`);
    if (rule.fixed) {
      source.refuse(
        at('rule', position),
        `no exception can cover ${id} (${rule.title}): the policy would lose its meaning.`,
      );
    }
  }
  const { components } = exception.scope;
  if (components) checkPatterns(components, at('scope', 'components'), source);
  for (const [key, patterns] of Object.entries(exception.match)) {
    checkPatterns(patterns, at('match', key), source);
    const all = patterns.findIndex((pattern) => /^\*+$|^\/(\.\*)?\/$/u.test(pattern));
    if (all >= 0)
      source.refuse(
        at('match', key, all),
        'a pattern that matches everything excepts nothing in particular; name what is excepted.',
      );
  }
  const [created, expires] = [dayNumber(exception.created), dayNumber(exception.expires)];
  if (created === undefined) source.refuse(at('created'), `${exception.created} is not a day of the calendar.`);
  if (expires === undefined) source.refuse(at('expires'), `${exception.expires} is not a day of the calendar.`);
  if (expires < created) source.refuse(at('expires'), 'the exception ends before it begins.');
  if (expires - created > EXCEPTION_DAYS) {
    source.refuse(at('expires'), `an exception lasts at most ${EXCEPTION_DAYS} days, this one ${expires - created}.`);
  }
}

const list = (lists: { allow?: string[]; deny?: string[] } | undefined): AllowDenyList => ({
  allow: lists?.allow ?? [],
  deny: lists?.deny ?? [],
});

/** A policy with the file it was read from: which of its lines decides is told by the path of the value. */
export interface PolicyText {
  readonly policy: Policy;
  lineAt(path: YamlPath): YamlLine;
}

/**
 * Parses a policy file. `file` is its name for messages. Errors: `AUDIT_POLICY_INVALID` with file, line and field of
 * the first thing that is wrong. Clockless: whether an exception holds on a given day is decided by `judge`.
 */
export function parsePolicy(text: string, file: string): Policy {
  return readPolicy(text, file).policy;
}

/** As `parsePolicy`, with the lines. */
export function readPolicy(text: string, file: string): PolicyText {
  const source = new YamlSource(text, file, 'AUDIT_POLICY_INVALID');
  const value = source.parse(validator);
  checkSigners(value.signers, source);
  for (const name of ['vendors', 'buildHosts', 'repositories', 'contentSets', 'osRelease', 'bases'] as const) {
    for (const side of ['allow', 'deny'] as const) checkPatterns(value[name]?.[side] ?? [], [name, side], source);
  }
  for (const name of ['bases', 'catalogues'] as const)
    checkPatterns(value.redistributable?.[name] ?? [], ['redistributable', name], source);
  for (const name of ['trademark', 'subscription'] as const)
    checkPatterns(value.packages?.[name] ?? [], ['packages', name], source);
  checkPatterns(value.imagesWithoutPackages ?? [], ['imagesWithoutPackages'], source);
  for (const [id, severity] of Object.entries(value.severities ?? {})) {
    const rule = RULE_SUMMARIES.find((known) => known.id === id);
    if (!rule) return source.refuse(['severities', id], `there is no rule ${id}.`);
    if (rule.fixed && rank[severity] < rank[rule.severity]) {
      source.refuse(['severities', id], `${id} (${rule.title}) can not be made milder than ${rule.severity}.`);
    }
  }
  const ids = new Set<string>();
  for (const [index, exception] of (value.exceptions ?? []).entries()) {
    if (ids.has(exception.id))
      source.refuse(['exceptions', index, 'id'], `two exceptions are called "${exception.id}".`);
    ids.add(exception.id);
    checkException(exception, index, source);
  }
  const policy: Policy = {
    name: value.name,
    description: value.description ?? '',
    digest: `sha256:${sha256Hex(canonicalJson(value))}`,
    profile: value.profile ?? 'stable',
    signers: value.signers,
    vendors: list(value.vendors),
    buildHosts: list(value.buildHosts),
    repositories: list(value.repositories),
    contentSets: list(value.contentSets),
    osRelease: list(value.osRelease),
    bases: list(value.bases),
    redistributable: value.redistributable ? { bases: [], catalogues: [], ...value.redistributable } : null,
    proof: value.proof ?? null,
    acknowledgeWarnings: value.acknowledgeWarnings ?? false,
    packages: { trademark: [], subscription: [], ...value.packages },
    imagesWithoutPackages: value.imagesWithoutPackages ?? [],
    severities: value.severities ?? {},
    exceptions: value.exceptions ?? [],
  };
  return { policy, lineAt: (path) => source.lineAt(path) };
}
