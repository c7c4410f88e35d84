import { type ImageFacts, identityOf, type PackageFacts, packagesOf } from '../model/index.ts';
import { chainIdsOf, type JudgedBase } from './lineage.ts';

/** Where a base image has a package: its layer (0 is the lowest) and the chain ids of the base image. */
export interface BasePlace {
  readonly base: JudgedBase;
  readonly chainIds: readonly string[];
  readonly layer: number;
}

interface Transactions {
  readonly base: JudgedBase;
  readonly chainIds: readonly string[];
  /** Build and transaction of each package ► its layer in the base image. */
  readonly packages: ReadonlyMap<string, number>;
}

const stampOf = (pkg: PackageFacts): string => `${pkg.installTid} ${identityOf(pkg)}`;

/**
 * Base images by what their transactions installed. `buildah --squash-all` and flattening leave one layer and none of
 * the base image's diffIDs, but its packages keep the time stamp of the transaction that installed them: an image that
 * has every package of a base image, with the base image's stamps, was made of it (spec audit.md § 4.2, source 7).
 */
export class FlattenedBases {
  readonly #bases: readonly Transactions[];

  constructor(bases: readonly JudgedBase[]) {
    this.#bases = bases
      .flatMap((base): Transactions[] => {
        const { layers } = base;
        if (layers === undefined) return [];
        const { packages } = packagesOf({ layers });
        const stamped = packages.filter(({ pkg, hiddenBy }) => hiddenBy === undefined && pkg.installTid !== null);
        const places = new Map(stamped.map(({ pkg, layer }) => [stampOf(pkg), layer]));
        return places.size === 0 ? [] : [{ base, chainIds: chainIdsOf(base.diffIds), packages: places }];
      })
      .sort((a, b) => b.packages.size - a.packages.size || (a.base.name < b.base.name ? -1 : 1));
  }

  /** The largest base image whose packages all are in this image although its layers are not. */
  of(image: ImageFacts, packages: readonly PackageFacts[]): FlattenedBase | undefined {
    if (this.#bases.length === 0) return undefined;
    const chain = new Set(chainIdsOf(image.diffIds));
    const stamps = new Set(packages.map(stampOf));
    const found = this.#bases.find(({ packages: wanted }) => [...wanted.keys()].every((stamp) => stamps.has(stamp)));
    // The largest is among its layers: there is nothing to be told by packages.
    if (!found || chain.has(found.chainIds.at(-1) ?? '')) return undefined;
    return new FlattenedBase(found);
  }
}

export class FlattenedBase {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  get base(): JudgedBase {
    return this.#transactions.base;
  }

  get chainIds(): readonly string[] {
    return this.#transactions.chainIds;
  }

  /** Where the base image has the package; undefined when it came later. */
  placeOf(pkg: PackageFacts): BasePlace | undefined {
    const { base, chainIds, packages } = this.#transactions;
    const layer = packages.get(stampOf(pkg));
    return layer === undefined ? undefined : { base, chainIds, layer };
  }
}
