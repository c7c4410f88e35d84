import { Command, Option } from 'commander';
import type { JsonObject } from '../payload/index.ts';
import { messageOf, SlipwayError } from '../util/errors.ts';
import { list, readInput } from './input.ts';
import { type Format, formatOption, print } from './output.ts';
import type { RegistryFlags } from './registry.ts';

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

function registryOptions(command: Command): Command {
  return command
    .option('--insecure', 'allow plain HTTP (loopback registries are always asked over it)')
    .option('-a, --registry-config <file>', 'credentials file');
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
  const { namedImage, registryClient, targetOf } = await import('./registry.ts');
  const { loadPayload, newPayload, parseImageStream } = await import('../payload/index.ts');
  const { formatReference, isDigest, parseReference } = await import('../oci/index.ts');
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

interface InfoFlags extends RegistryFlags {
  readonly pullspecs?: boolean;
  readonly commits?: boolean;
  readonly commitUrls?: boolean;
  readonly size?: boolean;
  readonly contents?: boolean;
  readonly imageFor?: string;
  readonly format: Format;
}

async function info(text: string, flags: InfoFlags): Promise<void> {
  const { namedImage, registryClient } = await import('./registry.ts');
  const payloads = await import('../payload/index.ts');
  const { formatReference, parseReference } = await import('../oci/index.ts');
  const client = registryClient(flags);
  const { reference, repository, selector } = namedImage(client, text);
  const payload = await payloads.loadPayload(repository, selector, {
    name: formatReference({ registry: reference.registry, repository: reference.repository }),
  });
  if (flags.imageFor !== undefined) {
    process.stdout.write(`${payloads.imageFor(payload, flags.imageFor)}\n`);
    return;
  }
  const release = payloads.payloadInfo(payload);
  if (flags.format === 'json') process.stdout.write(payloads.formatInfoJson(release));
  else if (flags.contents === true) process.stdout.write(payloads.formatContents(release));
  else if (flags.size === true) {
    const images = await payloads.loadComponents(payload, {
      resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    });
    process.stdout.write(payloads.formatInfoSizes(release, images, new Date()));
  } else {
    const columns =
      flags.pullspecs === true
        ? 'pullspecs'
        : flags.commits === true
          ? 'commits'
          : flags.commitUrls === true
            ? 'commit-urls'
            : 'digest';
    process.stdout.write(payloads.formatInfo(release, columns));
  }
}

async function lint(text: string, flags: RegistryFlags & { readonly format: Format }): Promise<void> {
  const { namedImage, registryClient } = await import('./registry.ts');
  const { lintPayload, loadPayload } = await import('../payload/index.ts');
  const { formatReference, parseReference } = await import('../oci/index.ts');
  const client = registryClient(flags);
  const { reference, repository, selector } = namedImage(client, text);
  const payload = await loadPayload(repository, selector, {
    name: formatReference({ registry: reference.registry, repository: reference.repository }),
  });
  const findings = await lintPayload(payload, {
    resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    at: new Date(),
  });
  const errors = findings.filter((finding) => finding.severity === 'error').length;
  print(flags.format, { findings, errors }, () =>
    [
      ...findings.map((finding) => `${finding.severity.padEnd(7)} ${finding.rule}  ${finding.message}`),
      `${errors} errors, ${findings.length - errors} other findings`,
    ].join('\n'),
  );
  if (errors > 0) process.exitCode = 1;
}

export function payloadCommand(): Command {
  const payload = new Command('payload').description('Release images: make, read, lint.');
  registryOptions(payload.command('new'))
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
  registryOptions(payload.command('info'))
    .description('Describes a release image, as `oc adm release info` does.')
    .argument('<ref>', 'release image')
    .option('--pullspecs', 'show pull specs')
    .option('--commits', 'show repositories and commits')
    .option('--commit-urls', 'show links to commits')
    .option('--size', 'show sizes')
    .option('--contents', 'print metadata and manifests')
    .option('--image-for <name>', 'print the pull spec of one component')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload info --commit-urls localhost:8080/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(info);
  registryOptions(payload.command('lint'))
    .description(
      'Finds what would make a Cluster Version Operator refuse a release, or break a cluster. Exits 1 on errors.',
    )
    .argument('<ref>', 'release image')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway payload lint localhost:8080/okd/scos-release:4.21.0-okd-scos.0')
    .action(lint);
  return payload;
}
