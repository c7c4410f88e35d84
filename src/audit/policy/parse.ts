import { Compile } from 'typebox/compile';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { canonicalJson, type Place, SlipwayError, sha256Hex } from '../../util/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { dayNumber } from './days.ts';
import { compilePattern } from './pattern.ts';
import { type AllowDenyList, type Policy, type PolicyException, PolicySchema, type PolicySigner } from './schema.ts';

/** Longest life of an exception (spec audit.md § 6.3). */
export const EXCEPTION_DAYS = 180;

const validator = Compile(PolicySchema);
const rank = { info: 0, warn: 1, deny: 2 } as const;

type Path = readonly (string | number)[];

/** Errors of one policy file, each with the line of the value that is wrong. */
class PolicySource {
  readonly #file: string;
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;

  constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  refuse(path: Path, message: string): never {
    throw new SlipwayError('AUDIT_POLICY_INVALID', message, { place: this.#place(path) });
  }

  #place(path: Path): Place {
    const field = path.join('.');
    return { file: this.#file, line: this.#line(path), ...(field === '' ? {} : { field }) };
  }

  /** Line of the value, or of the nearest value around it when it is missing. */
  #line(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const node = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

function checkSigners(signers: readonly PolicySigner[], source: PolicySource): void {
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

function checkPatterns(patterns: readonly string[], path: Path, source: PolicySource): void {
  for (const [index, pattern] of patterns.entries()) {
    try {
      compilePattern(pattern);
    } catch {
      source.refuse([...path, index], `"${pattern}" is not a regular expression.`);
    }
  }
}

function checkException(exception: PolicyException, index: number, source: PolicySource): void {
  const at = (...rest: Path): Path => ['exceptions', index, ...rest];
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

/** The first thing the schema refuses, in words. */
function explain(errors: ReturnType<typeof validator.Errors>): { path: Path; message: string } {
  const [first] = errors;
  const at = first?.instancePath ?? '';
  const path = at
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/u.test(part) ? Number(part) : part));
  if (first?.keyword === 'boolean') return { path, message: 'there is no such field.' };
  if (first?.message === 'must be string') return { path, message: `the value ${first.message}; put text in quotes.` };
  const choices = errors.flatMap((error) =>
    error.keyword === 'const' && error.instancePath === at ? [String(error.params.allowedValue)] : [],
  );
  if (choices.length > 0) return { path, message: `the value must be ${choices.join(' or ')}.` };
  return { path, message: `the value does not fit: it ${first?.message ?? 'is refused without a reason'}.` };
}

const list = (lists: { allow?: string[]; deny?: string[] } | undefined): AllowDenyList => ({
  allow: lists?.allow ?? [],
  deny: lists?.deny ?? [],
});

/**
 * Parses a policy file. `file` is its name for messages. Errors: `AUDIT_POLICY_INVALID` with file, line and field of
 * the first thing that is wrong. Clockless: whether an exception holds on a given day is decided by `judge`.
 */
export function parsePolicy(text: string, file: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines });
  const [problem] = document.errors;
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new SlipwayError('AUDIT_POLICY_INVALID', `the YAML does not parse: ${problem.message.split('\n')[0]}`, {
      place: { file, ...(line === undefined ? {} : { line }) },
      cause: problem,
    });
  }
  const source = new PolicySource(file, document, lines);
  const value: unknown = document.toJS();
  if (!validator.Check(value)) {
    const { path, message } = explain(validator.Errors(value));
    return source.refuse(path, message);
  }
  checkSigners(value.signers, source);
  for (const name of ['vendors', 'buildHosts', 'repositories', 'contentSets', 'osRelease'] as const) {
    for (const side of ['allow', 'deny'] as const) checkPatterns(value[name]?.[side] ?? [], [name, side], source);
  }
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
  return {
    name: value.name,
    description: value.description ?? '',
    digest: `sha256:${sha256Hex(canonicalJson(value))}`,
    signers: value.signers,
    vendors: list(value.vendors),
    buildHosts: list(value.buildHosts),
    repositories: list(value.repositories),
    contentSets: list(value.contentSets),
    osRelease: list(value.osRelease),
    imagesWithoutPackages: value.imagesWithoutPackages ?? [],
    severities: value.severities ?? {},
    exceptions: value.exceptions ?? [],
  };
}
