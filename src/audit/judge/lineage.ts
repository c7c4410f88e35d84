import { sha256Hex } from '../../util/index.ts';
import type { ImageFacts, KnownBase } from '../facts/model.ts';

/** Chain ids of an image's layers, lowest first (OCI image-spec, Layer ChainID): equal id, equal ancestry. */
export function chainIdsOf(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : `sha256:${sha256Hex(`${below} ${diffId}`)}`);
  }
  return chain;
}

/**
 * Known bases by the chain id of their top layer: the leaves' trie of spec audit.md § 4.2, folded flat, since a chain
 * id already stands for the whole path. Layers are compared by diffID, so recompressed images still match.
 */
export class Lineage {
  readonly #bases = new Map<string, KnownBase>();

  constructor(images: readonly ImageFacts[], bases: readonly KnownBase[]) {
    const known = [...bases, ...images.filter((image) => image.base)].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, diffIds } of known) {
      const top = chainIdsOf(diffIds).at(-1);
      if (top !== undefined && !this.#bases.has(top)) this.#bases.set(top, { name, diffIds });
    }
  }

  /** The longest known base whose layers are the lowest of these, the whole included. */
  baseOf(chainIds: readonly string[]): KnownBase | undefined {
    return this.#within(chainIds).at(-1);
  }

  /** The base that brought layer `index` in: the smallest known one that has it. */
  introducing(chainIds: readonly string[], index: number): KnownBase | undefined {
    return this.#within(chainIds).find((base) => base.diffIds.length > index);
  }

  #within(chainIds: readonly string[]): KnownBase[] {
    return chainIds.map((id) => this.#bases.get(id)).filter((base) => base !== undefined);
  }
}
