import { Command, InvalidArgumentError, Option } from 'commander';
import type { ExtractManifestsOptions, Payload, ToolOptions, WrittenTool } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import { stoppable } from '../stop.ts';
import { type ClusterFlags, clusterOptions, type DescribedCluster, describedCluster } from './inputs/cluster.ts';
import { type PayloadFlags, payloadOpener } from './inputs/open.ts';
import { folderOption, platformOption, registryOptions } from './inputs/options.ts';

interface ExtractFlags extends PayloadFlags, ClusterFlags {
  readonly from?: string;
  readonly to?: string;
  readonly file?: string;
  readonly tools?: boolean;
  readonly command?: string;
  readonly commandOs?: string;
  readonly credentialsRequests?: boolean;
  readonly cloud?: string;
  readonly included?: boolean;
  readonly format: Format;
}

function warn(message: string): void {
  note(`warning: ${message}`);
}

/** Flags that exclude each other, as oc words it. Throws `CLI_USAGE`. */
function checkFlags(ref: string | undefined, flags: ExtractFlags): string {
  const refuse = (message: string): SlipwayError => new SlipwayError('CLI_USAGE', message);
  const modes = [flags.tools, flags.command, flags.credentialsRequests, flags.file].filter(
    (mode) => mode !== undefined,
  );
  if (modes.length > 1) throw refuse('only one of --tools, --command, --credentials-requests and --file may be given.');
  if (flags.to !== undefined && flags.file !== undefined) throw refuse('only one of --to and --file may be given.');
  if (flags.cloud !== undefined && flags.credentialsRequests !== true && flags.included !== true)
    throw refuse('--cloud is only supported with --credentials-requests or --included.');
  if (flags.commandOs !== undefined && flags.tools !== true && flags.command === undefined)
    throw refuse('--command-os is only supported with --tools or --command.');
  if ((ref === undefined) === (flags.from === undefined))
    throw refuse('name exactly one release image, as the argument or with --from.');
  return ref ?? flags.from ?? '';
}

/** What manifests are for, of the flags alone. */
interface Wanted {
  readonly described: DescribedCluster | undefined;
  readonly cloud: string | undefined;
}

/** Reads the flags of manifests, before a release is asked for. Throws `CLI_USAGE`, `PAYLOAD_CLUSTER_INVALID`. */
async function wantedOf(flags: ExtractFlags): Promise<Wanted> {
  const { CLOUDS } = await import('../../payload/index.ts');
  if (flags.cloud !== undefined && !CLOUDS.has(flags.cloud)) {
    throw new SlipwayError('CLI_USAGE', `there is no --cloud "${flags.cloud}".`, {
      hint: `Known are: ${[...CLOUDS.keys()].join(', ')}.`,
    });
  }
  const described = await describedCluster(flags);
  if (described !== undefined && flags.included !== true)
    throw new SlipwayError('CLI_USAGE', 'what describes a cluster is only supported with --included.');
  if (described === undefined && flags.included === true) {
    throw new SlipwayError('CLI_USAGE', '--included needs to know the cluster.', {
      hint: 'Name its --install-config, or --profile, --feature-set and --capabilities.',
    });
  }
  const platform = described?.platform;
  if (platform !== undefined && flags.cloud !== undefined && platform !== flags.cloud) {
    throw new SlipwayError('CLI_USAGE', `--cloud is "${flags.cloud}", but the install-config has "${platform}".`);
  }
  const cloud = flags.cloud ?? platform;
  if (flags.credentialsRequests === true && described === undefined)
    warn('for ccoctl, add --included and --install-config: not every cluster needs every request.');
  if (flags.credentialsRequests === true && cloud !== undefined && !CLOUDS.has(cloud))
    warn(`the platform "${cloud}" has no cloud credentials, so there are no requests for it.`);
  return { described, cloud };
}

function manifestOptions(
  payload: Payload,
  { described, cloud }: Wanted,
  flags: ExtractFlags,
  { parseManifests, viewOf, isManifestFile }: typeof import('../../payload/index.ts'),
): ExtractManifestsOptions {
  const manifests = payload.files
    .filter(({ name }) => isManifestFile(name))
    .flatMap(({ name, bytes }) => parseManifests(bytes, name));
  return {
    ...(described === undefined ? {} : { view: viewOf(manifests, payload.metadata.version, described.cluster) }),
    ...(flags.credentialsRequests === true ? { credentialsRequests: cloud === undefined ? {} : { cloud } } : {}),
  };
}

async function extractFiles(payload: Payload, wanted: Wanted, flags: ExtractFlags, signal: AbortSignal): Promise<void> {
  const payloads = await import('../../payload/index.ts');
  const files = payloads.extractManifests(payload, manifestOptions(payload, wanted, flags, payloads));
  const folder = flags.to ?? '.';
  await payloads.writePayloadFolder({ files }, folder, signal);
  const created = payload.image.config.created?.replace(/\.\d+Z$/, 'Z') ?? 'an unknown time';
  const byDigest = payload.reference.includes('@');
  print(
    flags.format,
    { digest: payload.digest, folder, files: files.map(({ name }) => name) },
    () => `Extracted release payload ${byDigest ? '' : `from digest ${payload.digest} `}created at ${created}`,
  );
}

async function extractPrograms(
  payload: Payload,
  flags: ExtractFlags,
  reading: Pick<ToolOptions, 'resolve' | 'signal'>,
): Promise<void> {
  const { parsePlatform, writeCommand, writeTools } = await import('../../payload/index.ts');
  const own = {
    os: process.platform === 'win32' ? 'windows' : process.platform,
    arch: process.arch.replace('x64', 'amd64'),
  };
  const platform = flags.commandOs === undefined ? own : parsePlatform(flags.commandOs);
  const options: ToolOptions = {
    ...reading,
    select: { command: flags.command, ...(platform === undefined ? {} : { platform }) },
    onWarning: warn,
  };
  const folder = flags.to ?? '.';
  // As oc has it: for every system at once, a command comes as archives too.
  const written: readonly WrittenTool[] =
    flags.command === undefined || platform === undefined
      ? await writeTools(payload, folder, options)
      : await writeCommand(payload, flags.command, folder, options);
  print(flags.format, { digest: payload.digest, folder, files: written }, () =>
    written.map(({ name, size, sha256 }) => `${sha256}  ${name}  ${size}`).join('\n'),
  );
}

async function extract(ref: string | undefined, flags: ExtractFlags): Promise<void> {
  const image = checkFlags(ref, flags);
  const { payloadFile } = await import('../../payload/index.ts');
  const programs = flags.tools === true || flags.command !== undefined;
  const wanted = programs || flags.file !== undefined ? undefined : await wantedOf(flags);
  await stoppable('nothing was written', async (signal) => {
    const { payload, components } = await (await payloadOpener(flags, { signal }))(image);
    if (flags.file !== undefined) process.stdout.write(payloadFile(payload, flags.file).bytes);
    else if (wanted === undefined) await extractPrograms(payload, flags, { resolve: components.resolve, signal });
    else await extractFiles(payload, wanted, flags, signal);
  });
}

function notEmpty(value: string): string {
  if (value === '') throw new InvalidArgumentError('it must not be empty.');
  return value;
}

export function extractVerb(): Command {
  const verb = platformOption(registryOptions(new Command('extract')))
    .description(
      'Writes manifests, client tools or cloud credential requests of a release, as `oc adm release extract` does.',
    )
    .argument('[ref]', 'release image')
    .option('--from <ref>', 'release image, instead of the argument')
    .option('--to <dir>', 'folder to write to, made when it is not there; default the current one')
    .option('--file <name>', 'print one file of the payload, as it is', notEmpty)
    .option('--tools', 'archives of the client tools, release.txt and sha256sum.txt')
    .option('--command <name>', 'one program by itself: oc, openshift-install, ccoctl, …', notEmpty)
    .option(
      '--command-os <os>',
      "whose programs: linux, linux/arm64, mac, windows, or '*' for all; default this system's",
    )
    .option('--credentials-requests', 'only CredentialsRequests')
    .option('--cloud <name>', 'only CredentialsRequests of this platform')
    .option('--included', 'only manifests that the described cluster gets')
    .addOption(new Option('--max-per-registry <n>').hideHelp());
  return clusterOptions(folderOption(verb))
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
Examples:
  slipway payload extract quay.io/okd/scos-release:4.21.0-okd-scos.0 --to manifests
  slipway payload extract quay.io/okd/scos-release:4.21.0-okd-scos.0 --tools --command-os='*' --to tools
  slipway payload extract quay.io/okd/scos-release:4.21.0-okd-scos.0 --credentials-requests --included \\
    --install-config install-config.yaml --to requests`,
    )
    .action(extract);
}
