import {
  dockerCredentials,
  type ImageReference,
  parseReference,
  RegistryClient,
  type Repository,
} from '../oci/index.ts';
import { SlipwayError } from '../util/errors.ts';

export interface RegistryFlags {
  readonly insecure?: boolean;
  readonly registryConfig?: string;
}

/** A registry client with the credentials that podman, skopeo and docker keep. */
export function registryClient(flags: RegistryFlags): RegistryClient {
  return new RegistryClient({
    insecure: flags.insecure === true,
    credentials: dockerCredentials({ file: flags.registryConfig }),
  });
}

export interface NamedImage {
  readonly reference: ImageReference;
  readonly repository: Repository;
  /** Tag or digest to ask for. */
  readonly selector: string;
}

/** Opens the image that a reference names; without tag and digest, `latest` is meant, as everywhere in the field. */
export function namedImage(client: RegistryClient, text: string): NamedImage {
  const reference = parseReference(text);
  return {
    reference,
    repository: client.repository(reference),
    selector: reference.digest ?? reference.tag ?? 'latest',
  };
}

/** A target must be a repository or a tag; what a digest will be is not the caller's to say. */
export function targetOf(text: string): ImageReference {
  const reference = parseReference(text);
  if (reference.digest !== undefined)
    throw new SlipwayError('CLI_TARGET_INVALID', 'an image can not be pushed to a digest.', {
      place: { image: text },
      hint: 'Name a repository or a tag.',
    });
  return reference;
}
