import { type ImageReference, parseReference } from '../reference.ts';
import type { Repository } from '../source.ts';
import { RemoteRepository } from './repository.ts';
import { Transport, type TransportOptions } from './transport.ts';

/** A client of registries. One instance keeps the tokens of the registries it talked to. */
export class RegistryClient {
  readonly #options: TransportOptions;
  readonly #transports = new Map<string, Transport>();

  constructor(options: TransportOptions = {}) {
    this.#options = options;
  }

  /** The repository that a reference names; tag and digest of the reference do not matter. */
  repository(reference: ImageReference | string): Repository {
    const { registry, repository } = typeof reference === 'string' ? parseReference(reference) : reference;
    let transport = this.#transports.get(registry);
    if (!transport) {
      transport = new Transport(registry, this.#options);
      this.#transports.set(registry, transport);
    }
    return new RemoteRepository(transport, repository);
  }
}
