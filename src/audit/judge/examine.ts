import { type Catalogue, cataloguesOf } from '../catalogue/index.ts';
import {
  type ImageFacts,
  identityOf,
  type LayerFacts,
  type PackageFacts,
  type PackageOccurrence,
  type Policy,
  visible,
} from '../model/index.ts';
import {
  DnfLog,
  type Examined,
  examinedOf,
  type FlattenedBases,
  type Lineage,
  type Place,
  placeOf,
  transactionsOf,
} from '../origin/index.ts';
import { componentNames, firstMatch } from '../patterns/index.ts';
import { type SubjectKind, type Subjects, signerOf } from '../rules/index.ts';
import { topOf } from './bases/bases.ts';
import { type Hit, hitsOf, worseFirst } from './hits.ts';
import { programsOf } from './programs.ts';
import type { FindingSheet, Sighting } from './sheet.ts';

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

/** Notes what rules say of one image, subject by subject. */
export class Examiner {
  readonly #policy: Policy;
  readonly #sheet: FindingSheet;
  readonly #lineage: Lineage;
  readonly #flattened: FlattenedBases;
  readonly #catalogues: readonly Catalogue[];
  /** The rules on packages are asked once for each build of a package, however many images carry it. */
  readonly #packageHits = new Map<string, Hit[]>();

  constructor(
    policy: Policy,
    sheet: FindingSheet,
    lineage: Lineage,
    flattened: FlattenedBases,
    catalogues: readonly Catalogue[],
  ) {
    this.#catalogues = catalogues;
    this.#policy = policy;
    this.#sheet = sheet;
    this.#lineage = lineage;
    this.#catalogues = catalogues;
    this.#flattened = flattened;
  }

  examine(image: ImageFacts): Examined {
    const examined = examinedOf(image, this.#lineage, this.#flattened);
    this.#packages(examined);
    this.#evidence(examined);
    this.#files(examined);
    this.#base(examined);
    const { name: label } = image;
    const whole = { key: '', lasting: '', label, excepted: { name: label }, explained: {}, image, place: undefined };
    // Each rule asks another question about the image, so none says more than the others.
    const asked =
      this.#catalogues.length > 0 ? hitsOf('catalogued', this.#catalogued(examined.packages), this.#policy) : [];
    for (const hit of [...hitsOf('image', image, this.#policy), ...asked]) {
      this.#sheet.note({ hits: [hit], ...whole });
    }
    return examined;
  }

  #packages(examined: Examined): void {
    const { image, packages } = examined;
    const transactions = transactionsOf(examined);
    const log = new DnfLog(image);
    for (const occurrence of packages) {
      const { pkg, layer, hiddenBy } = occurrence;
      if (this.#hitsOf(pkg).length === 0) continue;
      const { name, nevra, vendor, license, keyIds: keys } = pkg;
      const { place, by } = placeOf(examined, occurrence);
      const hits = this.#occurrenceHits(pkg, place, hiddenBy !== undefined);
      this.#sheet.note({
        hits,
        key: identityOf(pkg),
        lasting: `${name} ${signerOf(pkg, this.#policy).keyId ?? ''}`,
        label: nevra,
        pkg,
        excepted: { name, nevra, vendor, license, keys },
        explained: { pkg, dnf: log.originOf(pkg, layer) },
        image,
        place,
        transactions: transactions.get(layer) ?? [],
        hiddenBy,
        by,
      });
    }
  }

  /** What is said of the package where it stands; rules on that say more than the same rules on the package alone. */
  #occurrenceHits(pkg: PackageFacts, { chainIds, index }: Place, hidden: boolean): Hit[] {
    const introducing = this.#lineage.introducing(chainIds, index);
    const base = introducing?.kind === 'known' ? introducing.name : null;
    const here = hitsOf(
      'occurrence',
      { pkg, hidden, base, catalogues: cataloguesOf(this.#catalogues, pkg.header) },
      this.#policy,
    );
    const replaced = new Set(here.flatMap(({ rule }) => rule.replaces ?? []));
    return [...here, ...this.#hitsOf(pkg)].filter(({ rule }) => !replaced.has(rule.id)).sort(worseFirst);
  }

  #base(examined: Examined): void {
    const { image, chainIds, flattened } = examined;
    // Nothing is installed in them: there is nothing to descend from.
    if (firstMatch(this.#policy.imagesWithoutPackages, componentNames(image.name)) !== undefined) return;
    const known = this.#lineage.knownBaseOf(flattened?.chainIds ?? chainIds);
    const { annotations, comments } = image;
    const claims = [
      ...['name', 'digest'].flatMap((part) => annotations[`org.opencontainers.image.base.${part}`] ?? []),
      ...comments.filter((comment) => comment.startsWith('FROM ')),
    ];
    const by = flattened ? ('transactions' as const) : ('layer' as const);
    const hits = hitsOf('base', { name: known?.name ?? null, layers: known?.layers ?? 0, by, claims }, this.#policy);
    const lowest = { chainIds, layers: image.layers, index: 0 };
    this.#sheet.note({
      hits,
      key: known?.chainId ?? '',
      lasting: '',
      label: known?.name ?? '',
      excepted: { name: known?.name ?? '' },
      explained: {},
      image,
      place: known ? topOf({ ...examined, base: known }) : lowest,
      by,
    });
  }

  #hitsOf(pkg: PackageFacts): Hit[] {
    const key = identityOf(pkg);
    const known = this.#packageHits.get(key);
    if (known) return known;
    const hits = hitsOf('package', pkg, this.#policy);
    this.#packageHits.set(key, hits);
    return hits;
  }

  #catalogued(packages: readonly PackageOccurrence[]): Subjects['catalogued'] {
    const missing = packages.filter(({ pkg }) => cataloguesOf(this.#catalogues, pkg.header).length === 0);
    return {
      catalogues: this.#catalogues.map(({ name }) => name).sort(),
      total: packages.length,
      missing: [...new Set(missing.map(({ pkg }) => pkg.nevra))].sort(),
    };
  }

  /** Programs that tell of themselves, and what deep mode found of files. */
  #files({ image, chainIds, packages }: Examined): void {
    const note = this.#noter(image, chainIds);
    note('program', programsOf(image, packages), ({ binary: { path, note: build, go } }) =>
      atPath(path, build?.name ?? go?.path ?? '', build?.version ?? '', [build?.name ?? '', go?.path ?? '']),
    );
    const layerOf = new Map(packages.map(({ pkg, layer }) => [pkg.header, layer]));
    const checks = (image.files?.checks ?? []).map((subject) => ({
      subject,
      layer: subject.changed[0]?.layer ?? layerOf.get(subject.pkg.header) ?? 0,
    }));
    note('fileCheck', checks, ({ pkg, changed }) => {
      const { name, nevra, vendor, license, keyIds: keys } = pkg;
      return {
        key: `${pkg.header} ${changed.map(({ path, found }) => `${path} ${found}`).join(' ')}`,
        lasting: name,
        label: nevra,
        excepted: { name, nevra, vendor, license, keys },
        explained: {},
      };
    });
    const unowned = (image.files?.unowned ?? []).map((subject) => ({ subject, layer: subject.layer }));
    note('unowned', unowned, ({ path, sha256, packages: holders }) =>
      atPath(path, '', sha256, [...new Set(holders.map(({ pkg }) => pkg.name))]),
    );
  }

  #noter(image: ImageFacts, chainIds: readonly string[]) {
    return <Kind extends SubjectKind>(
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
  }

  #evidence({ image, chainIds, gaps }: Examined): void {
    const note = this.#noter(image, chainIds);
    note(
      'residue',
      inEveryLayer<'residue'>(image, (facts) => facts.residues),
      ({ path, sha256 }) => atPath(path, '', sha256, []),
    );
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
    note(
      'dnfHistory',
      visible(image, (facts) => facts.dnfHistories),
      (history) =>
        atPath(history.path, '', '', [...new Set(history.packages.flatMap(({ repository }) => repository ?? []))]),
    );
    note('gap', [...inEveryLayer<'gap'>(image, (facts) => facts.gaps), ...gaps], ({ path, code }) =>
      atPath(path, code, '', []),
    );
  }
}
