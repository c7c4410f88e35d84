import type { ImageFacts, LayerFacts, PackageFacts } from '../facts/model.ts';
import type { Policy } from '../policy/schema.ts';
import { type SubjectKind, type Subjects, signerOf } from '../rules/index.ts';
import type { FlattenedBases } from './flattened.ts';
import { type Hit, hitsOf } from './hits.ts';
import { chainIdsOf } from './lineage.ts';
import type { FindingSheet, Sighting } from './sheet.ts';
import type { Examined } from './summary.ts';
import { identityOf, type PackageOccurrence, packagesOf, visible } from './view.ts';

type Located<Kind extends SubjectKind> = { readonly subject: Subjects[Kind]; readonly layer: number };

const inEveryLayer = <Kind extends SubjectKind>(
  image: ImageFacts,
  of: (facts: LayerFacts) => readonly Subjects[Kind][],
): Located<Kind>[] => image.layers.flatMap(({ facts }, layer) => of(facts).map((subject) => ({ subject, layer })));

/** What tells one subject from another, and how it is called. */
type Detail = Pick<Sighting, 'key' | 'lasting' | 'label' | 'excepted' | 'explained'>;

/** Something at a path; `again` tells it from others there, also when the image is built again, `now` from its past. */
const atPath = (path: string, again: string, now: string, values: readonly string[]): Detail => ({
  key: `${path} ${again} ${now}`,
  lasting: `${path} ${again}`,
  label: path,
  excepted: { path, values },
  explained: { path },
});

/** Transactions that installed what each layer introduces. */
function transactionsOf(packages: readonly PackageOccurrence[]): ReadonlyMap<number, readonly number[]> {
  const byLayer = new Map<number, Set<number>>();
  for (const { pkg, layer } of packages) {
    if (pkg.installTid === null) continue;
    const found = byLayer.get(layer) ?? new Set<number>();
    byLayer.set(layer, found.add(pkg.installTid));
  }
  return new Map([...byLayer].map(([layer, found]) => [layer, [...found].sort((a, b) => a - b)]));
}

/** Notes what rules say of one image, subject by subject. */
export class Examiner {
  readonly #policy: Policy;
  readonly #sheet: FindingSheet;
  readonly #flattened: FlattenedBases;
  /** The rules on packages are asked once for each build of a package, however many images carry it. */
  readonly #packageHits = new Map<string, Hit[]>();

  constructor(policy: Policy, sheet: FindingSheet, flattened: FlattenedBases) {
    this.#policy = policy;
    this.#sheet = sheet;
    this.#flattened = flattened;
  }

  examine(image: ImageFacts): Examined {
    const chainIds = chainIdsOf(image.diffIds);
    const { packages, gaps } = packagesOf(image);
    const pkgs = packages.map(({ pkg }) => pkg);
    const examined: Examined = { image, chainIds, packages, flattened: this.#flattened.of(image, pkgs) };
    this.#packages(examined);
    this.#evidence(examined, gaps);
    const hits = hitsOf('image', image, this.#policy);
    const { name: label } = image;
    if (hits.length > 0)
      this.#sheet.note({ hits, key: '', lasting: '', label, excepted: {}, explained: {}, image, place: undefined });
    return examined;
  }

  #packages({ image, chainIds, packages, flattened }: Examined): void {
    const transactions = transactionsOf(packages);
    for (const { pkg, layer, hiddenBy } of packages) {
      const hits = this.#hitsOf(pkg);
      if (hits.length === 0) continue;
      const { name, nevra, vendor, license, keyIds: keys } = pkg;
      const inBase = flattened?.placeOf(pkg);
      this.#sheet.note({
        hits,
        key: identityOf(pkg),
        lasting: `${name} ${signerOf(pkg, this.#policy).keyId ?? ''}`,
        label: nevra,
        pkg,
        excepted: { name, nevra, vendor, license, keys },
        explained: { pkg },
        image,
        place: inBase
          ? { chainIds: inBase.chainIds, layers: inBase.base.layers ?? [], index: inBase.layer }
          : { chainIds, layers: image.layers, index: layer },
        transactions: transactions.get(layer) ?? [],
        hiddenBy,
        by: inBase ? 'transactions' : 'layer',
      });
    }
  }

  #hitsOf(pkg: PackageFacts): Hit[] {
    const key = identityOf(pkg);
    const known = this.#packageHits.get(key);
    if (known) return known;
    const hits = hitsOf('package', pkg, this.#policy);
    this.#packageHits.set(key, hits);
    return hits;
  }

  #evidence({ image, chainIds }: Examined, gaps: readonly Located<'gap'>[]): void {
    const note = <Kind extends SubjectKind>(
      kind: Kind,
      found: readonly Located<Kind>[],
      detail: (subject: Subjects[Kind]) => Detail,
    ): void => {
      for (const { subject, layer } of found) {
        const hits = hitsOf(kind, subject, this.#policy);
        if (hits.length === 0) continue;
        const place = { chainIds, layers: image.layers, index: layer };
        this.#sheet.note({ hits, ...detail(subject), image, place });
      }
    };
    note(
      'rpmdb',
      inEveryLayer<'rpmdb'>(image, (facts) => facts.rpmdbs),
      ({ path, sha256, logChanges }) => atPath(path, '', sha256, logChanges),
    );
    note(
      'repository',
      visible(image, (facts) => facts.repositories),
      ({ path, id, urls }) => atPath(path, id, '', [id, ...urls]),
    );
    note(
      'osRelease',
      visible(image, (facts) => facts.osReleases),
      ({ path, id }) => atPath(path, id, '', [id]),
    );
    note(
      'contentManifest',
      inEveryLayer<'contentManifest'>(image, (facts) => facts.contentManifests),
      ({ path, contentSets }) => atPath(path, '', '', contentSets),
    );
    note(
      'certificate',
      inEveryLayer<'certificate'>(image, (facts) => facts.certificates),
      ({ path, sha256, subject }) => atPath(path, '', sha256, [subject]),
    );
    note('gap', [...inEveryLayer<'gap'>(image, (facts) => facts.gaps), ...gaps], ({ path, code }) =>
      atPath(path, code, '', []),
    );
  }
}
