import { SlipwayError, storageError } from '../../../util/index.ts';
import { type Digest, isRepositoryName } from '../../format/index.ts';
import { BlobFiles } from './blobs.ts';
import { makeFolder } from './folders.ts';
import { repositoryNames } from './links.ts';
import { LocalRepository } from './repository.ts';
import { Uploads } from './uploads.ts';

/** The storage of the embedded registry: one folder, content-addressed. One process at a time opens it. */
export class LocalRegistry {
  readonly uploads: Uploads;
  readonly #root: string;
  readonly #blobs: BlobFiles;

  constructor(root: string) {
    this.#root = root;
    this.#blobs = new BlobFiles(root);
    this.uploads = new Uploads(root, this.#blobs);
  }

  /** Opens the folder, making it when missing, and clears what killed writers and uploads given up have left. */
  static async open(root: string, now = new Date()): Promise<LocalRegistry> {
    const registry = new LocalRegistry(root);
    try {
      await makeFolder(root);
    } catch (error) {
      throw storageError(error, root);
    }
    await registry.#blobs.sweep();
    await registry.uploads.sweep(now);
    return registry;
  }

  /** A repository, whether it has content yet or not. Throws `OCI_NAME_INVALID`. */
  repository(name: string): LocalRepository {
    if (!isRepositoryName(name)) throw new SlipwayError('OCI_NAME_INVALID', `"${name}" is not a repository name.`);
    return new LocalRepository(this.#root, this.#blobs, name);
  }

  /** Repositories that hold an image, in byte order. */
  async repositories(): Promise<string[]> {
    return await repositoryNames(this.#root, '_manifests');
  }

  /** The first repository in byte order that has a blob and that `readable` lets through. */
  async holderOf(digest: Digest, readable: (repository: string) => boolean): Promise<string | undefined> {
    if ((await this.#blobs.size(digest)) === undefined) return undefined;
    for (const name of await repositoryNames(this.#root, '_blobs'))
      if (readable(name) && (await this.repository(name).hasBlob(digest))) return name;
    return undefined;
  }
}
