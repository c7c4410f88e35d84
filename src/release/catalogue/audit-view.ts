import {
  describeIntroduction,
  describeLayer,
  describeOrigin,
  diffReports,
  type Finding,
  type Judgement,
} from '../../audit/index.ts';
import type { ReadReport } from '../kept/index.ts';

/** An audit as the API shows it. `before` is the report of the last accepted release, or why it can not be read. */
export function auditView(report: Judgement, before: ReadReport | undefined) {
  return {
    verdict: report.verdict,
    policy: { ...report.policy },
    images: report.totals.images,
    packages: report.totals.packages,
    proof: report.proof.map(({ level, label, packages }) => ({ level, label, packages })),
    signers: report.signers.map(({ keyId, fingerprint, owner, verdict, packages, verified, images }) => ({
      keyId,
      fingerprint,
      owner,
      verdict,
      packages,
      verified,
      images,
    })),
    bases: report.bases.map(({ name, layers, images, packages, signers }) => ({
      name,
      layers,
      images: [...images],
      packages,
      signers: signers.map((signer) => ({ ...signer })),
    })),
    exceptions: report.exceptions.map(({ id, rules, owner, reason, expires, state, expiring, covers }) => ({
      id,
      rules: [...rules],
      owner,
      reason,
      expires,
      state,
      expiring,
      covers,
    })),
    difference: before?.report === undefined ? null : differenceView(report, before.report),
    differenceProblem: before?.problem ?? null,
    findings: report.findings.filter((finding) => finding.status === 'open').map(findingView),
  };
}

function differenceView(report: Judgement, before: Judgement) {
  const { images, packages, signers, bases, findings } = diffReports(before, report);
  const signer = ({ keyId, owner, packages: count }: (typeof signers.added)[number]) => ({
    keyId,
    owner,
    packages: count,
  });
  const finding = ({ rule, severity, message }: (typeof findings.added)[number]): string =>
    `${severity} ${rule} ${message}`;
  return {
    previous: report.previous ?? '',
    images: { added: [...images.added], removed: [...images.removed] },
    packages: packages.map((change) => ({ ...change, images: [...change.images] })),
    signersAdded: signers.added.map(signer),
    signersRemoved: signers.removed.map(signer),
    bases: bases.map((base) => ({
      ...base,
      signersAdded: [...base.signersAdded],
      signersRemoved: [...base.signersRemoved],
      images: [...base.images],
    })),
    findingsAdded: findings.added.map(finding),
    findingsGone: findings.gone.map(finding),
  };
}

function findingView(finding: Finding) {
  const { origin } = finding;
  return {
    id: finding.id,
    rule: finding.rule,
    title: finding.title,
    severity: finding.severity,
    message: finding.message,
    images: finding.images.map((image) => image.name),
    packages: finding.subjects.flatMap((subject) => subject.package?.nevra ?? []),
    layer: origin === null ? null : describeLayer(origin),
    introducedBy: origin === null ? null : describeIntroduction(origin),
    origin: origin === null ? [] : describeOrigin(origin),
    lineToRevert: origin?.chosenAt ?? null,
    subjects: finding.subjects.map(({ label, message, package: pkg, evidence, also }) => ({
      label,
      message,
      package: pkg?.nevra ?? null,
      evidence: [...evidence],
      also: [...also],
    })),
  };
}
