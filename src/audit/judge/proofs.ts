import { type Catalogue, cataloguesOf } from '../catalogue/index.ts';
import { type FileCheck, type ImageFacts, identityOf, type PackageFacts } from '../model/index.ts';
import { type ProofLevel, proofOf } from '../rules/index.ts';

/** How far each package is proven, by its header, by catalogues, and by its files in each image. */
export class Proofs {
  readonly #catalogues: readonly Catalogue[];
  readonly #files = new Map<ImageFacts, ReadonlyMap<string, FileCheck['state']>>();
  /** Of a build in several images, what holds in all of them. */
  readonly #everywhere = new Map<string, FileCheck['state']>();

  constructor(images: readonly ImageFacts[], catalogues: readonly Catalogue[]) {
    this.#catalogues = catalogues;
    for (const image of images) {
      const states = new Map<string, FileCheck['state']>();
      for (const { pkg, state } of image.files?.checks ?? []) {
        const key = identityOf(pkg);
        states.set(key, state);
        const before = this.#everywhere.get(key);
        this.#everywhere.set(key, before === undefined || before === 'match' ? state : before);
      }
      this.#files.set(image, states);
    }
  }

  /** Of a package in one image. */
  in(image: ImageFacts, pkg: PackageFacts): ProofLevel {
    return this.#level(pkg, this.#files.get(image)?.get(identityOf(pkg)));
  }

  /** Of a package wherever it is: the least of all images that carry it. */
  of(pkg: PackageFacts): ProofLevel {
    return this.#level(pkg, this.#everywhere.get(identityOf(pkg)));
  }

  /** Names of the catalogues that list the very same header. */
  cataloguesOf(pkg: PackageFacts): readonly string[] {
    return cataloguesOf(this.#catalogues, pkg.header);
  }

  #level(pkg: PackageFacts, files: FileCheck['state'] | undefined): ProofLevel {
    return proofOf(pkg, { catalogues: this.cataloguesOf(pkg), files });
  }
}
