import { resolve as absolute } from 'node:path';
import type { ImageSource } from '../../../oci/index.ts';
import type { ComponentOptions, LoadOptions, Payload } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { platformFilter } from '../../platform.ts';
import type { RegistryFlags } from '../../registry.ts';
import { openRelease } from './options.ts';

export interface PayloadFlags extends RegistryFlags {
  /** Regular expression over `os/architecture[/variant]`, as oc's flag has it. */
  readonly filterByOs?: string;
  /** Folder that `file://` references are in. */
  readonly dir?: string;
  /** Where a release in a folder came from, if that is not recorded there. */
  readonly sourceRepository?: string;
}

export interface OpenedPayload {
  readonly payload: Payload;
  /** How its components are read. */
  readonly components: Pick<ComponentOptions, 'resolve' | 'platform'>;
  /** Where the release image itself is, and what stands beside it. */
  readonly source: ImageSource;
  /** What clients pull, by tag or digest; of a folder, where its release came from; `undefined` when nobody knows. */
  readonly pulled: string | undefined;
  /** Signatures that are kept with it in a folder. */
  readonly signatures: readonly Uint8Array[];
}

/** An error of a folder says which one was looked into, and how another is named. */
function inFolder(error: unknown, folder: string): unknown {
  if (!(error instanceof SlipwayError) || error.code !== 'OCI_MANIFEST_UNKNOWN') return error;
  return new SlipwayError(error.code, error.message, {
    place: { ...error.place, file: absolute(folder) },
    hint: '--dir names the folder that has it.',
    cause: error,
  });
}

/** A release in a folder, as `payload mirror --to-dir` and oc make it. */
async function openFolder(
  text: string,
  { dir = '.', sourceRepository }: PayloadFlags,
  options: Pick<LoadOptions, 'platform' | 'lastLayerOnly' | 'asIs'>,
): Promise<OpenedPayload> {
  const { openFolderRelease, parseFolderReference } = await import('../outputs/mirror-folder.ts');
  const { platform } = options;
  const name = `file://${(await parseFolderReference(text)).repository}`;
  try {
    const { payload, disk, signatures, origin } = await openFolderRelease(dir, text, sourceRepository, {
      ...options,
      name,
    });
    return {
      payload,
      components: { resolve: () => disk, ...(platform === undefined ? {} : { platform }) },
      source: disk,
      pulled: origin === undefined ? undefined : `${origin}@${payload.listDigest ?? payload.digest}`,
      signatures,
    };
  } catch (error) {
    throw inFolder(error, dir);
  }
}

/** The pull spec that clients use. Throws `PAYLOAD_MIRROR_SOURCE` for a folder that does not say where its release is from. */
export function pulledOf({ payload, pulled }: OpenedPayload): string {
  if (pulled !== undefined) return pulled;
  throw new SlipwayError('PAYLOAD_MIRROR_SOURCE', 'nobody knows where the release in the folder came from.', {
    place: { image: payload.reference },
    hint: '--source-repository names the repository that clients pull.',
  });
}

/** The release under the name that clients pull, which policies and signatures are for, not that of a folder. */
export function asPulled(opened: OpenedPayload): Payload {
  const { payload } = opened;
  return payload.pullSpec.startsWith('file://') ? { ...payload, pullSpec: pulledOf(opened) } : payload;
}

/** Reads the release images that references name, with one client for all of them and their components. */
export async function openPayloads(
  references: readonly string[],
  flags: PayloadFlags,
  options: Pick<LoadOptions, 'lastLayerOnly' | 'asIs'> = {},
): Promise<readonly OpenedPayload[]> {
  const open = await payloadOpener(flags, options);
  return await Promise.all(references.map(open));
}

/** As `openPayloads`, one reference at a time, so that one that can not be read does not keep others from it. */
export async function payloadOpener(
  flags: PayloadFlags,
  { signal, ...options }: Pick<LoadOptions, 'lastLayerOnly' | 'asIs'> & { readonly signal?: AbortSignal } = {},
): Promise<(reference: string) => Promise<OpenedPayload>> {
  const { namedImage, registryClient } = await import('../../registry.ts');
  const { formatReference, parseReference } = await import('../../../oci/index.ts');
  const client = registryClient(flags, signal === undefined ? {} : { signal });
  const platform = platformFilter(flags.filterByOs);
  const which = platform === undefined ? {} : { platform };
  return async (text) => {
    if (text.startsWith('file://')) return await openFolder(text, flags, { ...which, ...options });
    const { reference, repository, selector } = namedImage(client, text);
    const untagged = reference.tag === undefined && reference.digest === undefined;
    return {
      payload: await openRelease(client, text, { ...which, ...options }),
      components: { resolve: (pullSpec) => client.repository(parseReference(pullSpec)), ...which },
      source: repository,
      pulled: formatReference(untagged ? { ...reference, tag: selector } : reference),
      signatures: [],
    };
  };
}
