import { type Static, Type } from 'typebox';
import { type DeepReadonly, Nullable, type Place, parserOf } from '../../util/index.ts';

const Text = Type.String();
const Texts = Type.Array(Text);
const Severity = Type.Union([Type.Literal('deny'), Type.Literal('warn'), Type.Literal('info')]);

const ComparedReport = Type.Object({
  kind: Type.Literal('AuditReport'),
  apiVersion: Type.Literal('slipway.okd.io/v1'),
  verdict: Type.Union([Type.Literal('pass'), Type.Literal('fail'), Type.Literal('incomplete')]),
  signers: Type.Array(Type.Object({ keyId: Text, owner: Text, packages: Type.Integer() })),
  findings: Type.Array(
    Type.Object({
      id: Text,
      rule: Text,
      severity: Severity,
      status: Type.Union([Type.Literal('open'), Type.Literal('excepted'), Type.Literal('known')]),
      message: Text,
      subjects: Type.Array(Type.Object({ keys: Texts })),
    }),
  ),
  packages: Type.Array(Type.Object({ name: Text, nevra: Text, signer: Nullable(Text) })),
  images: Type.Array(
    Type.Object({
      name: Text,
      contents: Type.Array(Type.Object({ package: Type.Integer({ minimum: 0 }), hiddenBy: Nullable(Type.Integer()) })),
    }),
  ),
  bases: Type.Array(
    Type.Object({
      name: Text,
      chainId: Text,
      images: Texts,
      signers: Type.Array(Type.Object({ keyId: Text, owner: Text })),
    }),
  ),
});
/** What of an audit report is compared. Every `AuditReport` is one. */
export type ComparedReport = DeepReadonly<Static<typeof ComparedReport>>;

const parse = parserOf(ComparedReport, 'AUDIT_REPORT_INVALID');

/** Takes the report of an audit (`--format json`). Throws `AUDIT_REPORT_INVALID` naming file and field. */
export function parseComparedReport(value: unknown, place: Place): ComparedReport {
  return parse(value, place);
}
