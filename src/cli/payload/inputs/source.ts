import type { RegistryClient } from '../../../oci/index.ts';
import type { Mapping, PayloadInput, PrepareOptions } from '../../../payload/index.ts';
import { SlipwayError } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';
import { openRelease } from './options.ts';

export interface SourceFlags {
  readonly fromImageStream?: string;
  readonly fromImageStreamFile?: string;
  readonly fromLock?: string;
  readonly fromRelease?: string;
  readonly fromDir?: string;
  readonly mappingFile?: readonly string[];
  readonly compat?: 'oc';
}

/** What a release is made of, with the options that its source settles. */
export interface Source {
  readonly input: PayloadInput;
  readonly overrides: readonly Mapping[];
  readonly settled: Partial<PrepareOptions>;
}

const WEB_LIMIT = 16 << 20;

/** An image stream may stand at a web address, as for oc. Throws `CLI_FILE_UNREADABLE`, `WEB_…`. */
async function readSource(file: string): Promise<Uint8Array> {
  if (!/^https?:\/\//.test(file)) return await readInput(file);
  const { fetchDocument } = await import('../../../util/index.ts');
  const bytes = await fetchDocument(file, { limit: WEB_LIMIT });
  if (bytes !== undefined) return bytes;
  throw new SlipwayError('CLI_FILE_UNREADABLE', 'there is nothing at this address.', { place: { file } });
}

function usage(message: string, hint?: string): SlipwayError {
  return new SlipwayError('CLI_USAGE', message, hint === undefined ? {} : { hint });
}

/** Reads the one source that the flags name, and the overrides. Throws `CLI_USAGE` and the errors of the readers. */
export async function readSources(
  client: RegistryClient,
  flags: SourceFlags,
  mappings: readonly string[],
): Promise<Source> {
  const payloads = await import('../../../payload/index.ts');
  const { fromImageStreamFile, fromLock, fromRelease, fromDir } = flags;
  if (flags.fromImageStream !== undefined)
    throw usage(
      '--from-image-stream asks a cluster, and there is none here.',
      'Save the stream with `oc get imagestream NAME -o yaml` and name the file with -f.',
    );
  const named = [fromImageStreamFile, fromLock, fromRelease, fromDir].filter((source) => source !== undefined);
  if (named.length > 1)
    throw usage('only one of --from-image-stream-file, --from-lock, --from-release and --from-dir may be specified.');
  if (fromRelease?.startsWith('file://') === true)
    throw usage(
      '--from-release takes a release from a registry, not from a folder.',
      '`slipway payload mirror --from-dir DIR --to REPOSITORY` uploads it first.',
    );
  const words = [...mappings];
  for (const file of flags.mappingFile ?? [])
    words.push(...payloads.readMappingFile((await readInput(file)).toString('utf8'), file));
  const overrides = payloads.parseMappings(words, flags.compat === undefined ? {} : { compat: flags.compat });

  if (fromImageStreamFile !== undefined)
    return {
      input: { imageStream: payloads.parseImageStream(await readSource(fromImageStreamFile), fromImageStreamFile) },
      overrides,
      settled: {},
    };
  if (fromLock !== undefined) {
    const lock = payloads.parsePayloadLock((await readInput(fromLock)).toString('utf8'), fromLock);
    return {
      input: { imageStream: lock.imageStream },
      overrides,
      settled: lock.options,
    };
  }
  if (fromRelease !== undefined)
    return { input: { fromRelease: await openRelease(client, fromRelease) }, overrides, settled: {} };
  if (fromDir !== undefined)
    return { input: { folders: await payloads.readManifestFolders(fromDir) }, overrides, settled: {} };
  if (overrides.length === 0)
    throw usage(
      'must specify image mappings when no other source is defined',
      'Sources are -f, --from-lock, --from-release and --from-dir.',
    );
  return { input: { imageStream: payloads.emptyImageStream() }, overrides, settled: {} };
}
