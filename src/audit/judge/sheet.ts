import { sha256Hex } from '../../util/index.ts';
import type {
  Finding,
  FindingImage,
  FindingOrigin,
  FindingSubject,
  ImageFacts,
  PackageFacts,
  Policy,
  PolicyException,
} from '../model/index.ts';
import { type Explained, type Lineage, originOf, type Place, type Transactions } from '../origin/index.ts';
import { covers, daysLeft, type Excepted } from '../policy/index.ts';
import type { Baseline } from './baseline.ts';
import { type Hit, packageOf, worseFirst } from './hits.ts';
import type { Proofs } from './proofs.ts';

/** Something of an image for which rules fired. */
export interface Sighting {
  readonly hits: readonly Hit[];
  /** Equal for the same thing wherever it is found. */
  readonly key: string;
  /** Equal for what takes its place when the image is built again. */
  readonly lasting: string;
  /** How messages call it. */
  readonly label: string;
  readonly pkg?: PackageFacts;
  readonly excepted: Excepted;
  readonly explained: Explained;
  readonly image: ImageFacts;
  /** Where it came in; undefined for what is said of an image as a whole: images that say the same are one finding. */
  readonly place: Place | undefined;
  /** Transactions of the introducing layer. */
  readonly transactions?: Transactions;
  /** Index of the layer that hides it. */
  readonly hiddenBy?: number | undefined;
  readonly by?: FindingImage['by'];
}

interface Draft {
  readonly hit: Hit;
  readonly sighting: Sighting;
  readonly origin: FindingOrigin | null;
  readonly images: FindingImage[];
  readonly keys: Set<string>;
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const distinct = (values: readonly (string | null)[]): string[] =>
  [...new Set(values.filter((value) => value !== null))].sort();
const brief = (value: unknown): string => sha256Hex(JSON.stringify(value)).slice(0, 16);

/** Gathers sightings into findings: one for each rule and origin. */
export class FindingSheet {
  readonly #policy: Policy;
  readonly #lineage: Lineage;
  readonly #proofs: Proofs;
  readonly #exceptions: readonly PolicyException[];
  readonly #baseline: Baseline | undefined;
  /** One for each rule, thing and origin; equal ones are put together at the end. */
  readonly #drafts = new Map<string, Draft>();
  readonly #covered = new Map<string, number>();

  /** `at` decides which exceptions hold. */
  constructor(policy: Policy, lineage: Lineage, proofs: Proofs, at: Date, baseline: Baseline | undefined) {
    this.#policy = policy;
    this.#lineage = lineage;
    this.#proofs = proofs;
    this.#baseline = baseline;
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
    const alike = Map.groupBy(this.#drafts.values(), ({ hit, origin, images }) =>
      JSON.stringify([hit.rule.id, origin?.chainId ?? null, origin?.instructions ?? null, images]),
    );
    return [...alike.values()].flatMap((drafts) => this.#finish(drafts) ?? []);
  }

  #covering(hit: Hit, { image, place, excepted }: Sighting): string[] {
    if (hit.rule.fixed) return [];
    const at = { component: image.name, digest: image.digest, chainId: place?.chainIds[place.index] };
    return this.#exceptions
      .filter((exception) => covers(exception, hit.rule.id, excepted, at))
      .map((exception) => exception.id);
  }

  #draft(hit: Hit, sighting: Sighting, exceptions: readonly string[]): void {
    const { image, place, hiddenBy, explained, transactions = [] } = sighting;
    for (const id of exceptions) this.#covered.set(id, (this.#covered.get(id) ?? 0) + 1);
    // Of an image as a whole nothing but its words tells one finding from another.
    const where = place === undefined ? [hit.match.message, hit.match.evidence] : place.chainIds[place.index];
    const key = JSON.stringify([hit.rule.id, sighting.key, where]);
    let draft = this.#drafts.get(key);
    if (!draft) {
      const origin = place === undefined ? null : originOf(place, this.#lineage, explained, transactions);
      draft = { hit, sighting, origin, images: [], keys: new Set() };
      this.#drafts.set(key, draft);
    }
    // What a base image brings stays the base image's when it is built again, whoever inherits it.
    const owner = draft.origin?.baseKind === 'known' || draft.origin?.baseKind === 'image' ? draft.origin.base : null;
    const lasting = brief([hit.rule.id, sighting.lasting, owner ?? image.name]);
    draft.keys.add(lasting);
    draft.images.push({
      name: image.name,
      digest: image.digest,
      layers: image.layers.length,
      hiddenBy: hiddenBy === undefined ? null : hiddenBy + 1,
      by: sighting.by ?? 'layer',
      exceptions,
      accepted: !hit.rule.fixed && exceptions.length === 0 && this.#baseline?.keys.has(lasting) === true,
    });
  }

  /** One finding of drafts that differ in the thing alone. */
  #finish(drafts: readonly Draft[]): Finding | undefined {
    const [first] = drafts;
    if (!first) return undefined;
    const { hit, images } = first;
    const dnf = drafts.flatMap(({ sighting }) => sighting.explained.dnf ?? []);
    const origin = first.origin && {
      ...first.origin,
      repositories: distinct(dnf.map(({ repository }) => repository)),
      commands: distinct(dnf.map(({ command }) => command)),
    };
    const subjects = drafts.map((draft) => this.#subject(draft)).sort((a, b) => text(a.label, b.label));
    return {
      id: `${hit.rule.id}:${brief([drafts.map(({ sighting }) => sighting.key).sort(), origin?.chainId ?? images.map(({ name }) => name)])}`,
      rule: hit.rule.id,
      title: hit.rule.title,
      severity: hit.severity,
      status: statusOf(images),
      message: sentence(hit.rule.title, subjects),
      origin,
      images,
      subjects,
    };
  }

  #subject({ hit, sighting, images, keys }: Draft): FindingSubject {
    const many = sighting.place === undefined && images.length > 1;
    return {
      label: many ? `${images.length} images` : sighting.label,
      message: hit.match.message,
      package: sighting.pkg ? packageOf(sighting.pkg, this.#policy, this.#proofs.of(sighting.pkg)) : null,
      repository: sighting.explained.dnf?.repository ?? null,
      evidence: hit.match.evidence,
      also: sighting.hits.filter((other) => other !== hit).map((other) => `${other.rule.id}: ${other.match.message}`),
      keys: [...keys].sort(),
    };
  }
}

function statusOf(images: readonly FindingImage[]): Finding['status'] {
  if (images.some(({ exceptions, accepted }) => exceptions.length === 0 && !accepted)) return 'open';
  return images.every(({ exceptions }) => exceptions.length > 0) ? 'excepted' : 'known';
}

/** Things that a sentence names before it says how many more there are. */
const NAMED = 3;

function sentence(title: string, subjects: readonly FindingSubject[]): string {
  const labels = subjects.map(({ label }) => label).filter((label) => label !== '');
  const messages = new Set(subjects.map(({ message }) => message));
  const [only] = messages;
  const said = messages.size === 1 ? only : title;
  if (labels.length === 0) return `${said}.`;
  const more = labels.length - NAMED;
  const names = more > 1 ? `${labels.slice(0, NAMED).join(', ')} and ${more} more` : labels.join(', ');
  return `${names}: ${said}.`;
}

/** Findings that stand at no image: about the policy itself, or about the set as a whole. */
export function wholeFinding(
  hit: Hit,
  key: string,
  subjects: readonly FindingSubject[],
  images: readonly FindingImage[],
): Finding {
  return {
    id: `${hit.rule.id}:${brief([hit.rule.id, key])}`,
    rule: hit.rule.id,
    title: hit.rule.title,
    severity: hit.severity,
    status: 'open',
    message: sentence(hit.rule.title, subjects),
    origin: null,
    images,
    subjects,
  };
}

const STATUS = ['open', 'known', 'excepted'] as const;

/** Open before known before excepted, worst severity, rule, message, origin: a total order, since ids differ. */
export function worstFirst(a: Finding, b: Finding): number {
  return (
    STATUS.indexOf(a.status) - STATUS.indexOf(b.status) ||
    worseFirst(a, b) ||
    text(a.rule, b.rule) ||
    text(a.message, b.message) ||
    text(a.id, b.id)
  );
}
