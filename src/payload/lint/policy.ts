import { Type } from 'typebox';
import { LineCounter } from 'yaml';
import { parserOf, SlipwayError } from '../../util/index.ts';
import { parseYamlDocument } from '../../util/yaml/index.ts';
import { parseYaml, splitDocuments, textOf, type YamlDocument } from '../manifest/index.ts';
import { formatPlace } from './report/place.ts';
import type { LintFinding, LintRule, Severity } from './types.ts';

const DATE = '^\\d{4}-\\d{2}-\\d{2}$';
const Level = Type.Union([
  Type.Literal('error'),
  Type.Literal('warning'),
  Type.Literal('info'),
  Type.Literal('ignore'),
]);
const Policy = Type.Object(
  {
    severities: Type.Optional(Type.Record(Type.String({ pattern: '^[PIMTD]\\d{3}$' }), Level)),
    waivers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            rule: Type.String({ pattern: '^[PIMTD]\\d{3}$' }),
            place: Type.Optional(Type.String({ minLength: 1 })),
            message: Type.Optional(Type.String({ minLength: 1 })),
            reason: Type.String({ minLength: 3 }),
            owner: Type.String({ minLength: 1 }),
            expires: Type.String({ pattern: DATE }),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);

/** Whether `2027-02-28` is in the calendar: Date.parse takes 30 February for a day of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** Why findings are accepted for a time. */
export interface Waiver {
  readonly rule: string;
  /** `file:line: field` or image, with `*` for anything; left out: everywhere. */
  readonly place?: string;
  /** The finding's sentence, with `*` for anything. */
  readonly message?: string;
  readonly reason: string;
  readonly owner: string;
  /** Last day, UTC. */
  readonly expires: string;
}

/** How findings are weighed (payload format § 4.4, last line). */
export interface LintPolicy {
  /** By rule: its findings are of this severity, `ignore` drops them. */
  readonly severities: Readonly<Record<string, Severity | 'ignore'>>;
  readonly waivers: readonly Waiver[];
}

export const NO_POLICY: LintPolicy = { severities: {}, waivers: [] };

const parse = parserOf(Policy, 'PAYLOAD_LINT_POLICY_INVALID');

/** Manifests may name a key twice, and the last one counts; in a policy that would hide a decision. */
function refuseTwice({ text, line }: YamlDocument, file: string): void {
  const lineCounter = new LineCounter();
  const { errors } = parseYamlDocument(text, { uniqueKeys: true, prettyErrors: false, lineCounter });
  const excess = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (excess !== undefined)
    throw new SlipwayError(
      'PAYLOAD_LINT_POLICY_INVALID',
      `keys that stand there twice can not be looked for: ${excess.message}.`,
      { place: { file, line: line - 1 + lineCounter.linePos(excess.pos[0]).line } },
    );
  const twice = errors.find(({ code }) => code === 'DUPLICATE_KEY');
  if (twice === undefined) return;
  const [start] = twice.pos;
  const key = /[^\s"':]+/.exec(text.slice(start))?.[0] ?? '';
  throw new SlipwayError('PAYLOAD_LINT_POLICY_INVALID', `"${key}" stands there twice: only the last would count.`, {
    place: { file, line: line - 1 + lineCounter.linePos(start).line },
  });
}

/** Reads a policy file, YAML or JSON. Throws `PAYLOAD_YAML_INVALID`, `PAYLOAD_LINT_POLICY_INVALID`. */
export function parseLintPolicy(bytes: Uint8Array, file: string, rules: ReadonlySet<string>): LintPolicy {
  const documents = splitDocuments(textOf(bytes, file)).flatMap((document) => {
    const value = parseYaml(document, file);
    refuseTwice(document, file);
    return value === null ? [] : [{ value, line: document.line }];
  });
  const [first, second] = documents;
  if (second !== undefined)
    throw new SlipwayError('PAYLOAD_LINT_POLICY_INVALID', 'a policy is one document, and a second one begins here.', {
      place: { file, line: second.line },
    });
  const { severities = {}, waivers = [] } = parse(first?.value ?? {}, { file });
  for (const [field, rule] of [
    ...Object.keys(severities).map((id) => ['severities', id] as const),
    ...waivers.map(({ rule: id }, index) => [`waivers.${index}.rule`, id] as const),
  ]) {
    if (!rules.has(rule))
      throw new SlipwayError('PAYLOAD_LINT_POLICY_INVALID', `there is no rule ${rule}.`, { place: { file, field } });
  }
  for (const [index, { expires }] of waivers.entries()) {
    if (!isDay(expires))
      throw new SlipwayError('PAYLOAD_LINT_POLICY_INVALID', `"${expires}" is no day.`, {
        place: { file, field: `waivers.${index}.expires` },
      });
  }
  return { severities, waivers };
}

/** A finding as it counts; a waived one is kept, with who waived it and why. */
export interface JudgedFinding extends LintFinding {
  readonly waiver?: Waiver;
}

function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  // Parts between stars must come one after the other; no regular expression that a policy could make slow.
  const [first = '', ...rest] = pattern.split('*');
  if (!text.startsWith(first)) return false;
  if (rest.length === 0) return text === first;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The first moment after the last day of a waiver. */
function endOf({ expires }: Waiver): number {
  return Date.parse(expires) + 86_400_000;
}

/** What is said of waivers themselves. */
export const WAIVER_RULES: readonly Pick<LintRule, 'id' | 'title'>[] = [
  { id: 'W001', title: 'waivers are current' },
  { id: 'W002', title: 'waivers cover something' },
];

/**
 * Weighs findings by a policy. A waiver that has expired covers nothing and is itself a finding, `W001`; one that
 * covers nothing is `W002`, so that it is taken out.
 */
export function applyPolicy(findings: readonly LintFinding[], policy: LintPolicy, at: Date): readonly JudgedFinding[] {
  const used = new Set<Waiver>();
  const judged = findings.flatMap((finding): JudgedFinding[] => {
    const severity = policy.severities[finding.rule] ?? finding.severity;
    if (severity === 'ignore') return [];
    const covering = policy.waivers.filter(
      (waiver) =>
        waiver.rule === finding.rule &&
        matches(waiver.place, formatPlace(finding.place)) &&
        matches(waiver.message, finding.message),
    );
    for (const waiver of covering) used.add(waiver);
    const waiver = covering.find((one) => endOf(one) > at.getTime());
    return [{ ...finding, severity, ...(waiver === undefined ? {} : { waiver }) }];
  });
  const about = (waiver: Waiver): JudgedFinding[] => {
    const place = { field: `waiver of ${waiver.rule}` };
    if (endOf(waiver) <= at.getTime())
      return [
        {
          rule: 'W001',
          severity: 'warning',
          message: `The waiver of ${waiver.owner} ended on ${waiver.expires}: ${waiver.reason}`,
          place,
        },
      ];
    if (used.has(waiver)) return [];
    return [{ rule: 'W002', severity: 'info', message: `The waiver of ${waiver.owner} covers nothing.`, place }];
  };
  return [...judged, ...policy.waivers.flatMap(about)];
}
