import {
  type FindingImage,
  type ImageFacts,
  type PackageOccurrence,
  type PackageView,
  packagesOf,
} from '../model/index.ts';
import type { Place } from './attribution.ts';
import type { FlattenedBase, FlattenedBases } from './flattened.ts';
import { type Base, chainIdsOf, type Lineage } from './lineage.ts';

/** An image with what was found in it. */
export interface Examined {
  readonly image: ImageFacts;
  readonly chainIds: readonly string[];
  readonly packages: readonly PackageOccurrence[];
  readonly gaps: PackageView['gaps'];
  /** The longest base image it is built on, be it by its layers or flattened. */
  readonly base: Base | undefined;
  /** The base image that was flattened into its layers, told by its packages. */
  readonly flattened: FlattenedBase | undefined;
}

export function examinedOf(image: ImageFacts, lineage: Lineage, bases: FlattenedBases): Examined {
  const chainIds = chainIdsOf(image.diffIds);
  const { packages, gaps } = packagesOf(image);
  const flattened = bases.of(
    image,
    packages.map(({ pkg }) => pkg),
  );
  return { image, chainIds, packages, gaps, base: lineage.baseOf(flattened?.chainIds ?? chainIds), flattened };
}

/** Where a package of an image came in, and how that is known. */
export function placeOf(
  { image, chainIds, flattened }: Examined,
  { pkg, layer }: PackageOccurrence,
): { readonly place: Place; readonly by: FindingImage['by'] } {
  const inBase = flattened?.placeOf(pkg);
  if (!inBase) return { place: { chainIds, layers: image.layers, index: layer }, by: 'layer' };
  const { base, chainIds: baseChain, layer: index } = inBase;
  return { place: { chainIds: baseChain, layers: base.layers ?? [], index }, by: 'transactions' };
}

/** Transactions that installed what each layer introduces: time stamps, oldest first. */
export function transactionsOf({ packages }: Examined): ReadonlyMap<number, readonly number[]> {
  const byLayer = new Map<number, Set<number>>();
  for (const { pkg, layer } of packages) {
    if (pkg.installTid === null) continue;
    const found = byLayer.get(layer) ?? new Set<number>();
    byLayer.set(layer, found.add(pkg.installTid));
  }
  return new Map([...byLayer].map(([layer, found]) => [layer, [...found].sort((a, b) => a - b)]));
}
