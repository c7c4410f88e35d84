import { cataloguesOf } from '../catalogue/index.ts';
import { KEY_CLASSES, SIGNING_KEYS } from '../data/index.ts';
import { hitsOf, type JudgeContext } from '../judge/index.ts';
import {
  type AuditReport,
  type FileCheck,
  type Finding,
  type FindingOrigin,
  type ImageFacts,
  identityOf,
  type PackageFacts,
  type PackageOccurrence,
} from '../model/index.ts';
import {
  DnfLog,
  type Examined,
  examinedOf,
  FlattenedBases,
  Lineage,
  originOf,
  placeOf,
  transactionsOf,
} from '../origin/index.ts';
import { compilePattern } from '../patterns/index.ts';
import type { PolicyText, YamlLine } from '../policy/index.ts';
import { PROOF_LEVELS, policyEntryOf, proofOf } from '../rules/index.ts';
import type {
  ExplainedFinding,
  ExplainedOrigin,
  ExplainedPackage,
  ExplainedRule,
  ExplainedSignature,
  Explanation,
} from './model.ts';

interface Seen {
  readonly examined: Examined;
  readonly occurrence: PackageOccurrence;
}

/**
 * Answers "how do you know?" for a package of a set that was judged: `query` is a name, a NEVRA or a pattern (`*`, `?`).
 * Pure: from the same facts, policy and context as `report`.
 */
export function explainPackage(
  facts: readonly ImageFacts[],
  text: PolicyText,
  context: JudgeContext,
  report: AuditReport,
  query: string,
): Explanation {
  const { policy } = text;
  const bases = context.bases ?? [];
  const lineage = new Lineage(facts, bases);
  const flattened = new FlattenedBases([...bases, ...facts.filter(({ base }) => base)]);
  const wanted = compilePattern(query.replace(/^\/|\/$/gu, ''));
  const examined = facts
    .map((image) => examinedOf(image, lineage, flattened))
    .sort((a, b) => (a.image.name < b.image.name ? -1 : 1));
  const seen = examined.flatMap((one) =>
    one.packages
      .filter(({ pkg }) => wanted.test(pkg.name) || wanted.test(pkg.nevra))
      .map((occurrence): Seen => ({ examined: one, occurrence })),
  );
  const builds = [...Map.groupBy(seen, ({ occurrence }) => identityOf(occurrence.pkg)).values()];
  return {
    kind: 'AuditExplanation',
    apiVersion: 'slipway.okd.io/v1',
    query,
    policy: { name: policy.name, digest: policy.digest },
    packages: builds
      .flatMap((same) => explainBuild(same, text, context, lineage, report) ?? [])
      .sort((a, b) => (`${a.nevra} ${a.header}` < `${b.nevra} ${b.header}` ? -1 : 1)),
  };
}

function explainBuild(
  seen: readonly Seen[],
  text: PolicyText,
  context: JudgeContext,
  lineage: Lineage,
  report: AuditReport,
): ExplainedPackage | undefined {
  const [first] = seen;
  if (!first) return undefined;
  const { pkg } = first.occurrence;
  const catalogues = cataloguesOf(context.catalogues ?? [], pkg.header);
  const states = new Set(seen.map(({ examined }) => checkOf(examined.image, pkg)?.state));
  const files = states.size === 1 ? [...states][0] : undefined;
  const level = proofOf(pkg, { catalogues, files });
  const findings = report.findings.filter(({ subjects }) =>
    subjects.some(({ package: found }) => found?.header === pkg.header && found.nevra === pkg.nevra),
  );
  return {
    nevra: pkg.nevra,
    header: pkg.header,
    headerDigest: pkg.headerDigest,
    claims: {
      vendor: pkg.vendor,
      packager: pkg.packager,
      buildHost: pkg.buildHost,
      built: pkg.buildTime === null ? null : new Date(pkg.buildTime * 1000).toISOString(),
      sourceRpm: pkg.sourceRpm,
      license: pkg.license,
    },
    signatures: pkg.signatures.map((signature) => explainSignature(signature, text)),
    proof: { level, label: PROOF_LEVELS[level] },
    catalogues,
    origins: explainOrigins(seen, lineage),
    rules: explainRules(pkg, text),
    findings: findings.map((finding) => explainFinding(finding, text)),
  };
}

const checkOf = (image: ImageFacts, pkg: PackageFacts): FileCheck | undefined =>
  image.files?.checks.find((check) => identityOf(check.pkg) === identityOf(pkg));

function explainSignature(
  { tag, algorithm, keyId, fingerprint, result, reason }: PackageFacts['signatures'][number],
  { policy, lineAt }: PolicyText,
): ExplainedSignature {
  const entry = keyId === null ? undefined : policyEntryOf(policy, keyId, fingerprint);
  const known = keyId === null ? undefined : SIGNING_KEYS.find(keyId, fingerprint);
  const line = entry === undefined ? null : lineAt(['signers', policy.signers.indexOf(entry), 'verdict']);
  return {
    tag,
    algorithm,
    keyId,
    fingerprint,
    result,
    reason,
    policy: entry === undefined ? null : { owner: entry.owner, verdict: entry.verdict, line },
    holder: known === undefined ? null : { owner: known.owner, class: KEY_CLASSES[known.class] },
  };
}

function explainOrigins(seen: readonly Seen[], lineage: Lineage): ExplainedOrigin[] {
  const found = seen.flatMap(({ examined, occurrence }) => {
    const { image } = examined;
    const { pkg, layer, hiddenBy } = occurrence;
    const { place, by } = placeOf(examined, occurrence);
    const dnf = new DnfLog(image).originOf(pkg, layer);
    const origin = originOf(place, lineage, { pkg, dnf }, transactionsOf(examined).get(layer) ?? []);
    if (!origin) return [];
    const check = checkOf(image, pkg);
    return {
      origin: withHistory(origin, dnf?.repository, dnf?.command),
      database: occurrence.database,
      image: { name: image.name, digest: image.digest, hiddenBy: hiddenBy === undefined ? null : hiddenBy + 1, by },
      files: check === undefined ? [] : [{ image: image.name, state: check.state, reason: check.reason }],
    };
  });
  return [...Map.groupBy(found, ({ origin }) => JSON.stringify(origin)).values()].flatMap((same) => {
    const [one] = same;
    if (!one) return [];
    return {
      origin: one.origin,
      databases: [...new Set(same.map(({ database }) => database))].sort(),
      images: same.map(({ image }) => image),
      files: same.flatMap(({ files }) => files),
    };
  });
}

const withHistory = (
  origin: FindingOrigin,
  repository: string | null | undefined,
  command: string | null | undefined,
): FindingOrigin => ({
  ...origin,
  repositories: repository === null || repository === undefined ? [] : [repository],
  commands: command === null || command === undefined ? [] : [command],
});

function explainRules(pkg: PackageFacts, { policy, lineAt }: PolicyText): ExplainedRule[] {
  return hitsOf('package', pkg, policy).map(({ rule, severity, match }) => ({
    rule: rule.id,
    title: rule.title,
    severity,
    message: match.message,
    line: policy.severities[rule.id] === undefined ? null : lineAt(['severities', rule.id]),
  }));
}

function explainFinding(finding: Finding, { policy, lineAt }: PolicyText): ExplainedFinding {
  const ids = new Set(finding.images.flatMap(({ exceptions }) => exceptions));
  const line = (index: number): YamlLine => lineAt(['exceptions', index]);
  const exceptions = policy.exceptions.flatMap(({ id, owner, reason, expires }, index) =>
    ids.has(id) ? [{ id, owner, reason, expires, line: line(index) }] : [],
  );
  const { id, rule, severity, status, message } = finding;
  return { id, rule, severity, status, message, exceptions };
}
