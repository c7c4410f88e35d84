import { formatReference, type ImageReference, parseReference } from '../reference.ts';
import type { Repository } from '../source.ts';
import { RemoteRepository } from './repository.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** A client of registries. One instance keeps the tokens of the repositories it talked to. */
export class RegistryClient {
  readonly #options: TransportOptions;
  readonly #repositories = new Map<string, RemoteRepository>();

  constructor(options: TransportOptions = {}) {
    this.#options = options;
  }

  /** The repository that a reference names; tag and digest of the reference do not matter. */
  repository(reference: ImageReference | string): Repository {
    const { registry, repository } = typeof reference === 'string' ? parseReference(reference) : reference;
    const key = formatReference({ registry, repository });
    const known = this.#repositories.get(key);
    if (known) return known;
    const created = new RemoteRepository(new Transport(registry, repository, this.#options));
    this.#repositories.set(key, created);
    return created;
  }
}
