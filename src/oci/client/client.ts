import { type ImageReference, parseReference } from '../format/index.ts';
import type { Repository } from '../source.ts';
import { MirroredRepository } from './mirrors/mirrored.ts';
import { type MirrorRule, placesOf } from './mirrors/mirrors.ts';
import { RemoteRepository } from './repository.ts';
import { Transport, type TransportOptions } from './transport.ts';

export interface ClientOptions extends TransportOptions {
  /** Where repositories are read as well. */
  readonly mirrors?: readonly MirrorRule[];
}

/** A client of registries. One instance keeps the tokens of the registries it talked to. */
export class RegistryClient {
  readonly #options: ClientOptions;
  readonly #transports = new Map<string, Transport>();

  constructor(options: ClientOptions = {}) {
    this.#options = options;
  }

  /** The repository that a reference names; tag and digest of the reference do not matter. */
  repository(reference: ImageReference | string): Repository {
    const { registry, repository } = typeof reference === 'string' ? parseReference(reference) : reference;
    const itself = this.#remote({ registry, repository });
    const places = placesOf(`${registry}/${repository}`, this.#options.mirrors ?? []);
    if (places === undefined) return itself;
    return new MirroredRepository(
      itself,
      places.map((place) => (place === itself.name ? itself : this.#remote(parseReference(place)))),
    );
  }

  #remote({ registry, repository }: ImageReference): Repository {
    let transport = this.#transports.get(registry);
    if (!transport) {
      transport = new Transport(registry, this.#options);
      this.#transports.set(registry, transport);
    }
    return new RemoteRepository(transport, repository);
  }
}
