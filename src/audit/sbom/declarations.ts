import { type AuditReport, createdOf, type ReportContext, toolOf } from '../model/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import { CONFIDENCE } from './inventory.ts';

const EVIDENCE = 'evidence-report';
const ASSESSOR = 'assessor';

/** Rules that were asked, with the findings of each; a report of another version may know others. */
function rulesOf({ findings }: AuditReport) {
  const titles = new Map([
    ...findings.map(({ rule, title }) => [rule, title] as const),
    ...RULE_SUMMARIES.map(({ id, title }) => [id, title] as const),
  ]);
  return [...titles]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, title]) => ({ id, title, findings: findings.filter(({ rule }) => rule === id) }));
}

/** The policy as a standard whose requirements are the rules: claims answer to them one by one. */
export function definitionsOf(report: AuditReport) {
  const { policy } = report;
  return {
    standards: [
      {
        'bom-ref': 'policy',
        name: policy.name,
        version: policy.digest,
        requirements: rulesOf(report).map(({ id, title }) => ({
          'bom-ref': `rule-${id}`,
          identifier: id,
          title,
        })),
      },
    ],
  };
}

const entry = (name: string, content: string) => ({
  name,
  contents: { attachment: { content, contentType: 'text/plain' } },
});

function evidenceOf(report: AuditReport, context: ReportContext) {
  const { totals, keyrings, catalogues, proof, signers } = report;
  const tool = toolOf(report);
  return {
    'bom-ref': EVIDENCE,
    propertyName: 'audit:report',
    description: `Every layer ${report.unread === undefined ? '' : 'of the images that could be had '}was read and every package header judged by ${tool.name} ${tool.version}.`,
    created: createdOf(report, context),
    data: [
      entry(
        'coverage',
        `${totals.images} images, ${totals.layers} distinct layers, ${totals.bytes} bytes compressed, ${totals.packages} packages, ${totals.distinctPackages} distinct builds`,
      ),
      ...(report.unread === undefined
        ? []
        : [
            entry(
              'images that were not judged',
              report.unread.map(({ name, code, message }) => `${name}: ${message} [${code}]`).join('\n'),
            ),
          ]),
      entry('keyrings', keyrings.join('\n')),
      ...(catalogues.length === 0
        ? []
        : [entry('catalogues', catalogues.map(({ name, digest }) => `${name} ${digest}`).join('\n'))]),
      entry('proof', proof.map(({ level, label, packages }) => `${level} ${label}: ${packages}`).join('\n')),
      entry(
        'signers',
        signers
          .map(
            ({ keyId, owner, packages, verified }) =>
              `${keyId || 'unsigned'} ${owner}: ${packages}, ${verified} verified`,
          )
          .join('\n'),
      ),
    ],
  };
}

/** Mean confidence over all packages; 1 where there are none. */
function confidenceOf({ proof, totals }: AuditReport): number {
  if (totals.packages === 0) return 1;
  const sum = proof.reduce((all, { level, packages }) => all + CONFIDENCE[level] * packages, 0);
  return Math.round((sum / totals.packages) * 1000) / 1000;
}

/**
 * What was looked for and what was seen, rule by rule (CycloneDX 1.6 § declarations). A claim says how many findings
 * are open, no more: it is for the reader what follows from that. `target` is the document's subject.
 */
export function declarationsOf(report: AuditReport, context: ReportContext, target: string) {
  const rules = rulesOf(report).map(({ id, title, findings }) => {
    const open = findings.filter(({ status }) => status === 'open');
    const others = findings.length - open.length;
    return {
      id,
      open,
      claim: {
        'bom-ref': `claim-${id}`,
        target,
        predicate: `${id}, ${title}: ${open.length} open findings, ${others} excepted or known.`,
        reasoning: [
          `Judged on ${report.judgedOn} under ${report.policy.name}.`,
          ...findings.map(({ message }) => message),
        ].join(' '),
        ...(open.length === 0 ? { evidence: [EVIDENCE] } : { counterEvidence: [EVIDENCE] }),
      },
    };
  });
  const confidence = {
    score: confidenceOf(report),
    rationale: 'Mean over all packages of what their level of proof makes sure.',
  };
  return {
    assessors: [{ 'bom-ref': ASSESSOR, thirdParty: false, organization: { name: toolOf(report).name } }],
    claims: rules.map(({ claim }) => claim),
    evidence: [evidenceOf(report, context)],
    attestations: [
      {
        summary: `${report.totals.findings.deny} findings are open that ${report.policy.name} denies.`,
        assessor: ASSESSOR,
        map: rules.map(({ id, open, claim }) => ({
          requirement: `rule-${id}`,
          ...(open.length === 0 ? { claims: [claim['bom-ref']] } : { counterClaims: [claim['bom-ref']] }),
          conformance: {
            score: open.some(({ severity }) => severity === 'deny') ? 0 : 1,
            rationale: `${open.length} open findings.`,
          },
          confidence,
        })),
      },
    ],
  };
}
