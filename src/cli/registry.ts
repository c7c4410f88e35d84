import { X509Certificate } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  type ClientOptions,
  dockerCredentials,
  type ImageReference,
  OpenUploads,
  parseMirrors,
  parseReference,
  RegistryClient,
  type Repository,
} from '../oci/index.ts';
import { messageOf, SlipwayError } from '../util/errors.ts';
import { collectYoungOften } from '../util/heap.ts';
import { readInputSync } from './input.ts';
import { note } from './output.ts';

export interface RegistryFlags {
  readonly insecure?: boolean;
  readonly registryConfig?: string;
  readonly certificateAuthority?: string;
  readonly idmsFile?: readonly string[];
  readonly skipVerification?: boolean;
}

/** What a command adds to what its flags say. */
type CommandOptions = Pick<ClientOptions, 'notice' | 'signal' | 'uploads'>;

/** A registry client with the credentials that podman, skopeo and docker keep. */
export function registryClient(flags: RegistryFlags, command: CommandOptions = {}): RegistryClient {
  return new RegistryClient({ ...options(flags), ...command });
}

/** Tells on standard error what a client meets with on the way. */
export function tellOnTheWay(message: string): void {
  note(`info: ${message}`);
}

function options(flags: RegistryFlags): ClientOptions {
  if (flags.skipVerification === true)
    process.stderr.write(
      'warning: --skip-verification is ignored: bytes that do not have their digest are no image.\n',
    );
  if (flags.certificateAuthority !== undefined) trust(flags.certificateAuthority);
  return {
    insecure: flags.insecure === true,
    loopbackTls: flags.certificateAuthority !== undefined,
    credentials: dockerCredentials({ file: flags.registryConfig }),
    mirrors: (flags.idmsFile ?? []).flatMap((file) => parseMirrors(readInputSync(file), file)),
  };
}

/** Trusts certificate authorities besides those of the system, in every connection of this process. Throws `CLI_CA_INVALID`. */
function trust(file: string): void {
  const certificates = readInputSync(file).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (certificates.length === 0) throw new Error('there is none in it');
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw new SlipwayError('CLI_CA_INVALID', `the certificates could not be read: ${messageOf(cause)}.`, {
      place: { file, field: '--certificate-authority' },
      hint: 'It takes one or more certificates in PEM.',
      cause,
    });
  }
  setDefaultCACertificates([...getCACertificates('default'), ...certificates]);
}

/**
 * A registry client for commands that push much: uploads that a registry has a part of are kept in the user's folder for
 * state (XDG Base Directory Specification), so that the same command, run again, goes on with them.
 */
export async function pushingClient(flags: RegistryFlags, command: CommandOptions = {}): Promise<RegistryClient> {
  collectYoungOften();
  const state = process.env.XDG_STATE_HOME || join(homedir(), '.local/state');
  let uploads: OpenUploads | undefined;
  try {
    uploads = await OpenUploads.inFolder(join(state, 'slipway/uploads'), new Date());
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    note(`warning: Uploads to registries begin anew if this command is killed: ${error.describe()}`);
  }
  return registryClient(flags, {
    notice: tellOnTheWay,
    ...command,
    ...(uploads === undefined ? {} : { uploads }),
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
