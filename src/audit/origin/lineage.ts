import { sha256Hex } from '../../util/index.ts';
import type { ChosenAt, ImageFacts, ImageLayer, KnownBase } from '../model/index.ts';

/** Chain ids of an image's layers, lowest first (OCI image-spec, Layer ChainID): equal id, equal ancestry. */
export function chainIdsOf(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : `sha256:${sha256Hex(`${below} ${diffId}`)}`);
  }
  return chain;
}

/** What the caller knows of a base image beside its layers. */
export interface JudgedBase extends KnownBase {
  /** Facts of its layers: base images whose layers were flattened away are known again by their packages. */
  readonly layers?: readonly ImageLayer[];
  readonly chosenAt?: ChosenAt;
}

/** An image that others are built on. */
export interface Base {
  readonly name: string;
  /** `known`: named by the caller; `image`: an image of the set; `shared`: no image is known that ends there. */
  readonly kind: 'known' | 'image' | 'shared';
  readonly chainId: string;
  readonly layers: number;
  readonly chosenAt: ChosenAt | null;
}

interface Node {
  readonly children: Set<string>;
  /** Images of the set that have exactly these layers. */
  readonly ends: string[];
  known: JudgedBase | undefined;
}

const short = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/**
 * The trie of diffIDs over the images of a set and the known bases (spec audit.md § 4.2). A node is named by its chain
 * id, which stands for the whole path, so recompressed images still match. A node is a base image when the caller
 * knows it, when layers of different images part there, or when an image of the set ends there and others go on; the
 * last is what names it.
 */
export class Lineage {
  readonly #nodes = new Map<string, Node>();

  constructor(images: readonly ImageFacts[], bases: readonly JudgedBase[]) {
    for (const { name, diffIds } of images) {
      const chain = chainIdsOf(diffIds);
      for (const [index, id] of chain.entries()) {
        const next = chain[index + 1];
        if (next === undefined) this.#node(id).ends.push(name);
        else this.#node(id).children.add(next);
      }
    }
    for (const { ends } of this.#nodes.values()) ends.sort();
    const known = [...bases, ...images.filter((image) => image.base)].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const base of known) {
      const top = chainIdsOf(base.diffIds).at(-1);
      if (top !== undefined) this.#node(top).known ??= base;
    }
  }

  /** The longest base image that these layers are built on; one that the caller knows may be the whole. */
  baseOf(chainIds: readonly string[]): Base | undefined {
    return this.#within(chainIds).findLast((base) => base.kind === 'known' || base.layers < chainIds.length);
  }

  /** The longest of them that the caller knows. */
  knownBaseOf(chainIds: readonly string[]): Base | undefined {
    return this.#within(chainIds).findLast((base) => base.kind === 'known');
  }

  /** The base image that brought layer `index` in: the smallest that has it. */
  introducing(chainIds: readonly string[], index: number): Base | undefined {
    return this.#within(chainIds).find((base) => base.layers > index);
  }

  /** The longest base image that ends below layer `index`. */
  below(chainIds: readonly string[], index: number): Base | undefined {
    return this.#within(chainIds).findLast((base) => base.layers <= index);
  }

  #node(id: string): Node {
    const found = this.#nodes.get(id) ?? { children: new Set<string>(), ends: [], known: undefined };
    this.#nodes.set(id, found);
    return found;
  }

  #within(chainIds: readonly string[]): Base[] {
    return chainIds.flatMap((chainId, index) => this.#base(chainId, index + 1) ?? []);
  }

  #base(chainId: string, layers: number): Base | undefined {
    const node = this.#nodes.get(chainId);
    if (!node) return undefined;
    const { known, children, ends } = node;
    if (known) return { name: known.name, kind: 'known', chainId, layers, chosenAt: known.chosenAt ?? null };
    const [ending] = ends;
    if (ending !== undefined && children.size > 0)
      return { name: ending, kind: 'image', chainId, layers, chosenAt: null };
    if (children.size < 2) return undefined;
    return { name: `unnamed (${short(chainId)})`, kind: 'shared', chainId, layers, chosenAt: null };
  }
}
