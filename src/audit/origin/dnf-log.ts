import type { DnfHistoryFacts, ImageFacts, PackageFacts } from '../model/index.ts';

/** What dnf's own history says of how a package came in. */
export interface DnfOrigin {
  readonly repository: string | null;
  readonly command: string | null;
}

/**
 * The histories of dnf in an image, layer by layer. As with RPM's database each layer that ran dnf carries a whole copy;
 * a package is looked up in the copy of the layer that introduced it, and in later ones where that has none.
 */
export class DnfLog {
  readonly #copies: readonly (readonly DnfHistoryFacts[])[];

  constructor(image: Pick<ImageFacts, 'layers'>) {
    this.#copies = image.layers.map(({ facts }) => facts.dnfHistories);
  }

  /** `layer`: index of the layer that introduced it. */
  originOf(pkg: PackageFacts, layer: number): DnfOrigin | undefined {
    for (const { packages, transactions } of this.#copies.slice(layer).flat()) {
      const found = packages.find(({ nevra }) => nevra === pkg.nevra);
      if (!found) continue;
      const run = transactions.find(({ id }) => id === found.transaction);
      return { repository: found.repository, command: run?.commandLine ?? null };
    }
    return undefined;
  }
}
