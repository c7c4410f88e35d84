import { Command, Option } from 'commander';
import type { JsonObject } from '../../payload/index.ts';
import { messageOf, SlipwayError } from '../../util/errors.ts';
import { list, readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { registryOptions } from './options.ts';

interface NewFlags extends RegistryFlags {
  readonly fromImageStreamFile?: string;
  readonly fromRelease?: string;
  readonly name?: string;
  readonly toImage: string;
  readonly toImageBaseTag?: string;
  readonly previous?: string;
  readonly metadata?: string;
  readonly referenceMode: string;
  readonly include?: string;
  readonly exclude?: string;
  readonly allowMissingImages?: boolean;
  readonly mirror?: string;
  readonly format: Format;
}

function metadataOf(text: string | undefined): JsonObject | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SlipwayError('PAYLOAD_METADATA_INVALID', `the metadata is not JSON: ${messageOf(error)}.`, {
      place: { field: '--metadata' },
      cause: error,
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SlipwayError('PAYLOAD_METADATA_INVALID', 'the metadata is not a JSON object.', {
      place: { field: '--metadata' },
    });
  }
  return value as JsonObject;
}

/** Time of creation: `SOURCE_DATE_EPOCH` when set, so that a build can be repeated byte for byte. */
function creationTime(): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch === undefined) return new Date();
  if (!/^\d{1,11}$/.test(epoch))
    throw new SlipwayError('CLI_EPOCH_INVALID', `SOURCE_DATE_EPOCH is "${epoch}", not a number of seconds.`);
  return new Date(Number(epoch) * 1000);
}

async function create(flags: NewFlags): Promise<void> {
  const { namedImage, registryClient, targetOf } = await import('../registry.ts');
  const { loadPayload, newPayload, parseImageStream } = await import('../../payload/index.ts');
  const { formatReference, isDigest, parseReference } = await import('../../oci/index.ts');
  if ((flags.fromImageStreamFile === undefined) === (flags.fromRelease === undefined)) {
    throw new SlipwayError('CLI_USAGE', 'name exactly one of --from-image-stream-file and --from-release.');
  }
  const client = registryClient(flags);
  const target = targetOf(flags.toImage);
  const { tag, ...repository } = target;
  const input =
    flags.fromRelease === undefined
      ? {
          imageStream: parseImageStream(
            await readInput(flags.fromImageStreamFile ?? ''),
            flags.fromImageStreamFile ?? '',
          ),
        }
      : await (async () => {
          const { reference, repository: source, selector } = namedImage(client, flags.fromRelease ?? '');
          return {
            fromRelease: await loadPayload(source, selector, {
              name: formatReference({ registry: reference.registry, repository: reference.repository }),
            }),
          };
        })();
  const metadata = metadataOf(flags.metadata);
  const made = await newPayload(input, {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    creationTimestamp: creationTime(),
    referenceMode: flags.referenceMode,
    ...(flags.previous === undefined ? {} : { previous: list(flags.previous) }),
    ...(metadata === undefined ? {} : { metadata }),
    include: list(flags.include),
    exclude: list(flags.exclude),
    ...(flags.allowMissingImages === true ? { allowMissingImages: true } : {}),
    ...(flags.toImageBaseTag === undefined ? {} : { baseTag: flags.toImageBaseTag }),
    ...(flags.mirror === undefined ? {} : { mirrorTo: flags.mirror }),
    resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    to: client.repository(target),
    toName: formatReference(repository),
    ...(tag === undefined || isDigest(tag) ? {} : { toTag: tag }),
    onProgress: (line) => process.stderr.write(`info: ${line}\n`),
  });
  for (const warning of made.warnings) process.stderr.write(`warning: ${warning}\n`);
  print(
    flags.format,
    { digest: made.digest, name: made.name, pullSpec: made.pullSpec, images: made.imageReferences.tags.length },
    () => `${made.digest} ${made.name} ${made.pullSpec}`,
  );
}

export function newVerb(): Command {
  return registryOptions(new Command('new'))
    .description(
      'Makes a release image from an image stream file or another release, as `oc adm release new` does, and pushes it.',
    )
    .option('-f, --from-image-stream-file <file>', 'ImageStream (YAML or JSON), `-` for standard input')
    .option('--from-release <ref>', 'take the content of another release')
    .option('--name <version>', 'version of the release')
    .requiredOption('--to-image <ref>', 'where to push it: repository or repository:tag')
    .option('--to-image-base-tag <tag>', 'component the release image is built on')
    .option('--previous <versions>', 'versions it can be reached from, separated by commas')
    .option('--metadata <json>', 'metadata of the release')
    .addOption(
      new Option('--reference-mode <mode>', 'how pull specs are written')
        .choices(['public', 'source'])
        .default('public'),
    )
    .option('--include <tags>', 'components to keep although no operator refers to them')
    .option('--exclude <tags>', 'components to leave out')
    .option('--allow-missing-images', 'operators may refer to components that are not there')
    .option('--mirror <repository>', 'repository the pull specs name instead of their own')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload new -f stream.yaml --name 4.21.0-okd-scos.0 --to-image localhost:5000/okd/scos-release --reference-mode source',
    )
    .action(create);
}
