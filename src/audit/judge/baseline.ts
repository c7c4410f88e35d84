import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { canonicalJson, sha256Hex } from '../../util/index.ts';
import type { AuditReport } from '../model/index.ts';
import { YamlSource } from '../policy/index.ts';

/** Findings that were accepted when the audit was introduced: only what is not among them counts from then on. */
export interface Baseline {
  /** `sha256:…` over the sorted keys. */
  readonly digest: string;
  readonly keys: ReadonlySet<string>;
}

const BaselineSchema = Type.Object(
  {
    kind: Type.Literal('AuditBaseline'),
    apiVersion: Type.Literal('slipway.okd.io/v1'),
    /** Keys of findings; what stands beside a key is for readers. */
    findings: Type.Array(
      Type.Object(
        {
          key: Type.String({ pattern: '^[0-9a-f]{16}$' }),
          rule: Type.Optional(Type.String()),
          what: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
const validator = Compile(BaselineSchema);

/** Parses a baseline file (YAML or JSON). Throws `AUDIT_BASELINE_INVALID` with file and line. */
export function parseBaseline(content: string, file: string): Baseline {
  const { findings } = new YamlSource(content, file, 'AUDIT_BASELINE_INVALID').parse(validator);
  const keys = [...new Set(findings.map(({ key }) => key))].sort();
  return { digest: `sha256:${sha256Hex(canonicalJson(keys))}`, keys: new Set(keys) };
}

/**
 * The baseline that accepts all that a report has open or known, but for what no policy can allow: tampering, leaked
 * keys and coverage gaps (`fixed` rules).
 */
export function baselineOf(report: AuditReport, fixed: ReadonlySet<string>): string {
  const rows = report.findings
    .filter(({ status, rule }) => status !== 'excepted' && !fixed.has(rule))
    .flatMap(({ rule, subjects }) =>
      subjects.flatMap(({ keys, label }) => keys.map((key) => ({ key, rule, what: label }))),
    )
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const value = { kind: 'AuditBaseline', apiVersion: 'slipway.okd.io/v1', findings: rows };
  return `${JSON.stringify(value, null, 2)}\n`;
}
