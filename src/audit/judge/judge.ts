import { EXTRACTOR, type ImageFacts, type KnownBase, type LayerFacts } from '../facts/model.ts';
import { formatDay } from '../policy/days.ts';
import { daysLeft } from '../policy/exceptions.ts';
import type { Policy } from '../policy/schema.ts';
import type { AuditReport, Finding } from '../report/model.ts';
import type { SubjectKind, Subjects } from '../rules/index.ts';
import { FindingSheet, type Hit, hitsOf, policyFinding, type Sighting, worstFirst } from './findings.ts';
import { chainIdsOf, Lineage } from './lineage.ts';
import { type Examined, imageRow, packageTable, proofTable, signerTable } from './summary.ts';
import { identityOf, packagesOf, visible } from './view.ts';

export interface JudgeContext {
  /** Base images that are known by their layers, beside those of the set that are flagged as bases. */
  readonly bases?: readonly KnownBase[];
  /** The day (UTC) for which exceptions are judged. */
  readonly at: Date;
}

type Located<Kind extends SubjectKind> = { readonly subject: Subjects[Kind]; readonly layer: number };

const inEveryLayer = <Kind extends SubjectKind>(
  image: ImageFacts,
  of: (facts: LayerFacts) => readonly Subjects[Kind][],
): Located<Kind>[] => image.layers.flatMap(({ facts }, layer) => of(facts).map((subject) => ({ subject, layer })));

type Detail = Pick<Sighting, 'key' | 'label' | 'excepted' | 'explained'>;

/** Notes what rules say of one image, subject by subject. */
class Examiner {
  readonly #policy: Policy;
  readonly #sheet: FindingSheet;
  /** The rules on packages are asked once for each build of a package, however many images carry it. */
  readonly #packageHits = new Map<string, Hit[]>();

  constructor(policy: Policy, sheet: FindingSheet) {
    this.#policy = policy;
    this.#sheet = sheet;
  }

  examine(image: ImageFacts): Examined {
    const chainIds = chainIdsOf(image.diffIds);
    const { packages, gaps } = packagesOf(image);
    for (const { pkg, layer, hiddenBy } of packages) {
      const key = identityOf(pkg);
      let hits = this.#packageHits.get(key);
      if (!hits) {
        hits = hitsOf('package', pkg, this.#policy);
        this.#packageHits.set(key, hits);
      }
      if (hits.length === 0) continue;
      const { name, nevra, vendor, license, keyIds: keys } = pkg;
      this.#sheet.note({
        hits,
        key,
        label: nevra,
        pkg,
        excepted: { name, nevra, vendor, license, keys },
        explained: { packageName: name },
        image,
        chainIds,
        layer,
        hiddenBy,
      });
    }
    const note = <Kind extends SubjectKind>(
      kind: Kind,
      found: readonly Located<Kind>[],
      detail: (subject: Subjects[Kind]) => Detail,
    ) => {
      for (const { subject, layer } of found) {
        const hits = hitsOf(kind, subject, this.#policy);
        if (hits.length > 0)
          this.#sheet.note({ hits, ...detail(subject), image, chainIds, layer, hiddenBy: undefined });
      }
    };
    const atPath = (path: string, key: string, values: readonly string[]): Detail => ({
      key: `${path} ${key}`,
      label: path,
      excepted: { path, values },
      explained: { path },
    });
    note(
      'rpmdb',
      inEveryLayer<'rpmdb'>(image, (facts) => facts.rpmdbs),
      ({ path, sha256, logChanges }) => atPath(path, sha256, logChanges),
    );
    note(
      'repository',
      visible(image, (facts) => facts.repositories),
      ({ path, id, urls }) => atPath(path, id, [id, ...urls]),
    );
    note(
      'osRelease',
      visible(image, (facts) => facts.osReleases),
      ({ path, id }) => atPath(path, id, [id]),
    );
    note(
      'contentManifest',
      inEveryLayer<'contentManifest'>(image, (facts) => facts.contentManifests),
      ({ path, contentSets }) => atPath(path, '', contentSets),
    );
    note(
      'certificate',
      inEveryLayer<'certificate'>(image, (facts) => facts.certificates),
      ({ path, sha256, subject }) => atPath(path, sha256, [subject]),
    );
    note('gap', [...inEveryLayer<'gap'>(image, (facts) => facts.gaps), ...gaps], ({ path, code }) =>
      atPath(path, code, []),
    );
    const hits = hitsOf('image', image, this.#policy);
    const whole = { key: '', label: image.name, excepted: {}, explained: {}, layer: undefined, hiddenBy: undefined };
    if (hits.length > 0) this.#sheet.note({ hits, image, chainIds, ...whole });
    return { image, chainIds, packages };
  }
}

/** What the policy's own exceptions give rise to. */
function exceptionFindings(policy: Policy, sheet: FindingSheet, at: Date): Finding[] {
  return policy.exceptions.flatMap((exception) => {
    const left = daysLeft(exception, at);
    if (left === undefined) return [];
    const hits = hitsOf('exception', { exception, daysLeft: left, covers: sheet.coveredBy(exception) }, policy);
    return hits.map((hit) => policyFinding(hit, JSON.stringify([hit.rule.id, exception.id])));
  });
}

function count(findings: readonly Finding[]): AuditReport['totals']['findings'] {
  const open = (severity: Finding['severity']): number =>
    findings.filter((finding) => finding.status === 'open' && finding.severity === severity).length;
  return {
    deny: open('deny'),
    warn: open('warn'),
    info: open('info'),
    excepted: findings.filter((finding) => finding.status === 'excepted').length,
  };
}

/**
 * Judges images by a policy: pure, so that a past release can be judged again under another policy from its facts.
 * The verdict is `fail` as soon as one open finding has the severity `deny`. The order of `facts` does not matter.
 */
export function judge(facts: readonly ImageFacts[], policy: Policy, context: JudgeContext): AuditReport {
  const images = [...facts].sort((a, b) => (`${a.name} ${a.digest}` < `${b.name} ${b.digest}` ? -1 : 1));
  const lineage = new Lineage(images, context.bases ?? []);
  const sheet = new FindingSheet(policy, lineage, context.at);
  const examiner = new Examiner(policy, sheet);
  const examined = images.map((image) => examiner.examine(image));
  const findings = [...sheet.findings(), ...exceptionFindings(policy, sheet, context.at)].sort(worstFirst);
  const layers = new Map(
    images.flatMap((image) => image.layers.map((layer) => [layer.facts.digest, layer.facts] as const)),
  );
  const { packages, places } = packageTable(examined, policy);
  const counts = count(findings);
  return {
    kind: 'AuditReport',
    apiVersion: 'slipway.okd.io/v1',
    verdict: counts.deny > 0 ? 'fail' : 'pass',
    policy: { name: policy.name, digest: policy.digest },
    keyrings: [...new Set([...layers.values()].map((layer) => layer.keyring))].sort(),
    extractor: EXTRACTOR,
    judgedOn: formatDay(context.at),
    totals: {
      images: images.length,
      layers: layers.size,
      bytes: [...layers.values()].reduce((sum, layer) => sum + layer.size, 0),
      packages: examined.reduce((sum, image) => sum + image.packages.length, 0),
      distinctPackages: packages.length,
      findings: counts,
    },
    proof: proofTable(examined),
    signers: signerTable(examined, policy),
    findings,
    packages,
    images: examined.map((image) => imageRow(image, policy, lineage, places)),
  };
}
