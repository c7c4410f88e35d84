import { sha256Hex } from '../../util/index.ts';
import type { ImageFacts, PackageFacts } from '../facts/model.ts';
import { covers, daysLeft, type Excepted } from '../policy/exceptions.ts';
import type { Policy, PolicyException, Severity } from '../policy/schema.ts';
import type { Finding, FindingImage, FindingOrigin, FindingPackage } from '../report/model.ts';
import {
  describeSigner,
  proofOf,
  RULES,
  type Rule,
  type RuleMatch,
  type SubjectKind,
  type Subjects,
  signerOf,
} from '../rules/index.ts';
import { type Explained, originOf } from './attribution.ts';
import type { Lineage } from './lineage.ts';

/** A rule that fires, with the severity that the policy gives it. */
export interface Hit {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly match: RuleMatch;
}

const rank = { deny: 0, warn: 1, info: 2 } as const;

/** The rules that fire for a subject, worst first, then in the order of the table. Pure. */
export function hitsOf<Kind extends SubjectKind>(kind: Kind, subject: Subjects[Kind], policy: Policy): Hit[] {
  const hits: Hit[] = [];
  for (const rule of RULES[kind]) {
    const match = rule.test(subject, policy);
    if (match) hits.push({ rule, severity: policy.severities[rule.id] ?? rule.severity, match });
  }
  return hits.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

export function packageOf(pkg: PackageFacts, policy: Policy): FindingPackage {
  const signer = signerOf(pkg, policy);
  return {
    name: pkg.name,
    nevra: pkg.nevra,
    header: pkg.header,
    vendor: pkg.vendor,
    buildHost: pkg.buildHost,
    license: pkg.license,
    sourceRpm: pkg.sourceRpm,
    signer: signer.keyId === null ? null : describeSigner(signer),
    proof: proofOf(pkg),
  };
}

/** Something of an image for which rules fired. */
export interface Sighting {
  readonly hits: readonly Hit[];
  /** Equal for the same thing wherever it is found. */
  readonly key: string;
  /** How messages call it. */
  readonly label: string;
  readonly pkg?: PackageFacts;
  readonly excepted: Excepted;
  readonly explained: Explained;
  readonly image: ImageFacts;
  readonly chainIds: readonly string[];
  /** Index of the introducing layer; undefined for the image as a whole. */
  readonly layer: number | undefined;
  readonly hiddenBy: number | undefined;
}

interface Draft {
  readonly hit: Hit;
  readonly sighting: Sighting;
  readonly origin: FindingOrigin | null;
  readonly images: FindingImage[];
}

/** Gathers sightings into findings: one for each rule, thing and origin. */
export class FindingSheet {
  readonly #policy: Policy;
  readonly #lineage: Lineage;
  readonly #exceptions: readonly PolicyException[];
  readonly #drafts = new Map<string, Draft>();
  readonly #covered = new Map<string, number>();

  /** `at` decides which exceptions hold. */
  constructor(policy: Policy, lineage: Lineage, at: Date) {
    this.#policy = policy;
    this.#lineage = lineage;
    this.#exceptions = policy.exceptions.filter((exception) => (daysLeft(exception, at) ?? -1) >= 0);
  }

  /** Findings that the exception covers, image by image. */
  coveredBy(exception: PolicyException): number {
    return this.#covered.get(exception.id) ?? 0;
  }

  /**
   * Notes what was seen. Of the rules that fire, the worst becomes the finding and the others are listed beside it;
   * where exceptions cover the worst one, the worst that they do not cover becomes a finding too.
   */
  note(sighting: Sighting): void {
    const judged = sighting.hits.map((hit) => ({ hit, exceptions: this.#covering(hit, sighting) }));
    const [worst] = judged;
    if (!worst) return;
    this.#draft(worst.hit, sighting, worst.exceptions);
    const uncovered = judged.find(({ exceptions }) => exceptions.length === 0);
    if (uncovered && uncovered !== worst) this.#draft(uncovered.hit, sighting, []);
  }

  findings(): Finding[] {
    return [...this.#drafts].map(([key, draft]) => this.#finish(key, draft)).sort(worstFirst);
  }

  #covering(hit: Hit, sighting: Sighting): string[] {
    if (hit.rule.fixed) return [];
    const { layer, image, chainIds } = sighting;
    const place = {
      component: image.name,
      digest: image.digest,
      chainId: layer === undefined ? undefined : chainIds[layer],
    };
    return this.#exceptions
      .filter((exception) => covers(exception, hit.rule.id, sighting.excepted, place))
      .map((exception) => exception.id);
  }

  #draft(hit: Hit, sighting: Sighting, exceptions: readonly string[]): void {
    const { image, layer, hiddenBy } = sighting;
    for (const id of exceptions) this.#covered.set(id, (this.#covered.get(id) ?? 0) + 1);
    const place = layer === undefined ? image.digest : sighting.chainIds[layer];
    const key = JSON.stringify([hit.rule.id, sighting.key, place]);
    let draft = this.#drafts.get(key);
    if (!draft) {
      const origin =
        layer === undefined ? null : originOf(image, sighting.chainIds, layer, this.#lineage, sighting.explained);
      draft = { hit, sighting, origin, images: [] };
      this.#drafts.set(key, draft);
    }
    draft.images.push({
      name: image.name,
      digest: image.digest,
      layers: image.layers.length,
      hiddenBy: hiddenBy === undefined ? null : hiddenBy + 1,
      exceptions,
    });
  }

  #finish(key: string, { hit, sighting, origin, images }: Draft): Finding {
    const covered = images.every((image) => image.exceptions.length > 0);
    return {
      id: `${hit.rule.id}:${sha256Hex(key).slice(0, 16)}`,
      rule: hit.rule.id,
      title: hit.rule.title,
      severity: hit.severity,
      status: covered ? 'excepted' : 'open',
      message: sighting.label === '' ? `${hit.match.message}.` : `${sighting.label}: ${hit.match.message}.`,
      package: sighting.pkg ? packageOf(sighting.pkg, this.#policy) : null,
      origin,
      images,
      evidence: hit.match.evidence,
      also: sighting.hits.filter((other) => other !== hit).map((other) => `${other.rule.id}: ${other.match.message}`),
    };
  }
}

/** Findings about the policy itself: they stand at no image. */
export function policyFinding(hit: Hit, key: string): Finding {
  return {
    id: `${hit.rule.id}:${sha256Hex(key).slice(0, 16)}`,
    rule: hit.rule.id,
    title: hit.rule.title,
    severity: hit.severity,
    status: 'open',
    message: `${hit.match.message}.`,
    package: null,
    origin: null,
    images: [],
    evidence: hit.match.evidence,
    also: [],
  };
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Open before excepted, worst severity, rule, message, origin: a total order, since ids differ. */
export function worstFirst(a: Finding, b: Finding): number {
  return (
    text(b.status, a.status) ||
    rank[a.severity] - rank[b.severity] ||
    text(a.rule, b.rule) ||
    text(a.message, b.message) ||
    text(a.id, b.id)
  );
}
