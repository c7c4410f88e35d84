import type { Catalogue } from '../catalogue/index.ts';
import { REPOSITORIES, SIGNING_KEYS } from '../data/index.ts';
import {
  type AuditReport,
  EXTRACTOR,
  type Finding,
  type ImageFacts,
  type Judgement,
  type Policy,
  type UnreadImage,
} from '../model/index.ts';
import { FlattenedBases, type JudgedBase, Lineage } from '../origin/index.ts';
import { formatDay } from '../policy/index.ts';
import { RULE_SUMMARIES } from '../rules/index.ts';
import type { Baseline } from './baseline.ts';
import { baseTable, noteBaseChanges } from './bases/bases.ts';
import type { PreviousRelease } from './bases/previous.ts';
import { Examiner } from './examine.ts';
import { Proofs } from './proofs.ts';
import { FindingSheet, worstFirst } from './sheet.ts';
import { moduleTable, programRows } from './tables/go-modules.ts';
import { imageRow, packageTable, proofTable, signerTable } from './tables/summary.ts';
import { judgeExceptions } from './whole/exceptions.ts';
import { proofRateFindings } from './whole/proof-rate.ts';
import { varietyFindings } from './whole/variety.ts';

export interface JudgeContext {
  /** Base images that are known by their layers, beside those of the set that are flagged as bases. */
  readonly bases?: readonly JudgedBase[];
  /** Findings that were accepted before: they are reported and do not count. */
  readonly baseline?: Baseline;
  /** The last accepted release: base images are compared with its (BASE-003). */
  readonly previous?: PreviousRelease;
  /** Catalogues of open packages (proof level L4). */
  readonly catalogues?: readonly Catalogue[];
  /** The day (UTC) for which exceptions are judged. */
  readonly at: Date;
}

function count(findings: readonly Finding[]): AuditReport['totals']['findings'] {
  const open = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.status === 'open' && finding.severity === severity).length;
  const having = (status: Finding['status']): number => findings.filter((finding) => finding.status === status).length;
  return {
    deny: open('deny'),
    warn: open('warn'),
    info: open('info'),
    excepted: having('excepted'),
    known: having('known'),
  };
}

/** Rules that an exception can cover. */
const COVERABLE: ReadonlySet<string> = new Set(RULE_SUMMARIES.filter(({ fixed }) => !fixed).map(({ id }) => id));
const FIXED: ReadonlySet<string> = new Set(
  RULE_SUMMARIES.filter(({ fixed, subject }) => fixed && subject !== 'exception' && subject !== 'proofRate').map(
    ({ id }) => id,
  ),
);

/** `report-only` refuses nothing but what no policy can allow: tampering, leaked keys, what was not looked at. */
function verdictOf(findings: readonly Finding[], policy: Policy): Judgement['verdict'] {
  const refuses = ({ severity, rule }: Finding): boolean =>
    severity === 'deny' || (policy.acknowledgeWarnings && severity === 'warn' && COVERABLE.has(rule));
  const refusing = findings.filter((finding) => finding.status === 'open' && refuses(finding));
  const counted = policy.profile === 'report-only' ? refusing.filter(({ rule }) => FIXED.has(rule)) : refusing;
  return counted.length > 0 ? 'fail' : 'pass';
}

/**
 * Judges images by a policy: pure, so that a past release can be judged again under another policy from its facts.
 * The verdict is `fail` as soon as one open finding has the severity `deny`. The order of `facts` does not matter.
 */
export function judge(facts: readonly ImageFacts[], policy: Policy, context: JudgeContext): Judgement {
  const images = [...facts].sort((a, b) => (`${a.name} ${a.digest}` < `${b.name} ${b.digest}` ? -1 : 1));
  const bases = context.bases ?? [];
  const lineage = new Lineage(images, bases);
  const flattened = new FlattenedBases([...bases, ...images.filter(({ base }) => base)]);
  const catalogues = context.catalogues ?? [];
  const proofs = new Proofs(images, catalogues);
  const sheet = new FindingSheet(policy, lineage, proofs, context.at, context.baseline);
  const examiner = new Examiner(policy, sheet, lineage, flattened, catalogues);
  const examined = images.map((image) => examiner.examine(image));
  const baseRows = baseTable(examined, policy);
  noteBaseChanges(baseRows, policy, sheet, context.previous);
  const judgedExceptions = judgeExceptions(policy, sheet, context.at);
  const findings = [
    ...sheet.findings(),
    ...varietyFindings(examined, policy),
    ...proofRateFindings(examined, policy, proofs),
    ...judgedExceptions.findings,
  ].sort(worstFirst);
  const layers = new Map(
    images.flatMap((image) => image.layers.map((layer) => [layer.facts.digest, layer.facts] as const)),
  );
  const { packages, places } = packageTable(examined, policy, proofs);
  const { modules, places: modulePlaces } = moduleTable(images);
  return {
    kind: 'AuditReport',
    apiVersion: 'slipway.okd.io/v1',
    verdict: verdictOf(findings, policy),
    policy: { name: policy.name, digest: policy.digest, profile: policy.profile },
    baseline: context.baseline ? { digest: context.baseline.digest, keys: context.baseline.keys.size } : null,
    previous: context.previous?.name ?? null,
    keyrings: [...new Set([...layers.values()].map((layer) => layer.keyring))].sort(),
    catalogues: catalogues
      .map(({ name, digest, url, revision, size }) => ({ name, digest, url, revision, packages: size }))
      .sort((a, b) => (`${a.name} ${a.digest}` < `${b.name} ${b.digest}` ? -1 : 1)),
    knowledge: { signingKeys: SIGNING_KEYS.digest, repositories: REPOSITORIES.digest },
    deep: images.length > 0 && images.every((image) => image.files !== null),
    extractor: EXTRACTOR,
    judgedOn: formatDay(context.at),
    totals: {
      images: images.length,
      layers: layers.size,
      bytes: [...layers.values()].reduce((sum, layer) => sum + layer.size, 0),
      packages: examined.reduce((sum, image) => sum + image.packages.length, 0),
      distinctPackages: packages.length,
      findings: count(findings),
    },
    proof: proofTable(examined, proofs),
    signers: signerTable(examined, policy),
    findings,
    packages,
    modules,
    images: examined.map((image) => ({
      ...imageRow(image, policy, lineage, places),
      programs: programRows(image.image, modulePlaces),
    })),
    bases: baseRows.map(({ row }) => row),
    exceptions: judgedExceptions.exceptions,
  };
}

/**
 * A report on the images that were read, told of those that were not: nobody may take it for a verdict on all. What is
 * refused stays refused.
 */
export function withUnread(report: Judgement, unread: readonly UnreadImage[]): AuditReport {
  if (unread.length === 0) return report;
  return {
    ...report,
    verdict: report.verdict === 'fail' ? 'fail' : 'incomplete',
    unread: unread.map(({ name, digest, pullSpec, error }) => ({
      name,
      digest,
      pullSpec,
      code: error.code,
      message: error.message,
    })),
  };
}
