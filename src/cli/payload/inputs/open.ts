import type { ComponentOptions, Payload } from '../../../payload/index.ts';
import { platformFilter } from '../../platform.ts';
import type { RegistryFlags } from '../../registry.ts';
import { openRelease } from './options.ts';

export interface PayloadFlags extends RegistryFlags {
  /** Regular expression over `os/architecture[/variant]`, as oc's flag has it. */
  readonly filterByOs?: string;
  /** Folder that `file://` references are in. */
  readonly dir?: string;
}

export interface OpenedPayload {
  readonly payload: Payload;
  /** How its components are read. */
  readonly components: Pick<ComponentOptions, 'resolve' | 'platform'>;
}

/** Reads the release images that references name, with one client for all of them and their components. */
export async function openPayloads(
  references: readonly string[],
  flags: PayloadFlags,
  options: { readonly lastLayerOnly?: boolean } = {},
): Promise<readonly OpenedPayload[]> {
  const open = await payloadOpener(flags, options);
  return await Promise.all(references.map(open));
}

/** As `openPayloads`, one reference at a time, so that one that can not be read does not keep others from it. */
export async function payloadOpener(
  flags: PayloadFlags,
  options: { readonly lastLayerOnly?: boolean } = {},
): Promise<(reference: string) => Promise<OpenedPayload>> {
  const { registryClient } = await import('../../registry.ts');
  const { parseReference } = await import('../../../oci/index.ts');
  const client = registryClient(flags);
  const platform = platformFilter(flags.filterByOs);
  const which = platform === undefined ? {} : { platform };
  return async (text) => {
    if (text.startsWith('file://')) {
      const { openFolderRelease } = await import('../outputs/mirror-folder.ts');
      const name = { name: text.replace(/:[^:/]*$/, '') };
      const { payload, disk } = await openFolderRelease(flags.dir ?? '.', text, undefined, {
        ...which,
        ...options,
        ...name,
      });
      return { payload, components: { resolve: () => disk, ...which } };
    }
    return {
      payload: await openRelease(client, text, { ...which, ...options }),
      components: { resolve: (pullSpec) => client.repository(parseReference(pullSpec)), ...which },
    };
  };
}
