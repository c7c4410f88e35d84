import { Command, Option } from 'commander';
import type { PrepareOptions } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { formatOption, note, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { type ApprovalFlags, approvalOf, approve } from './approve.ts';
import { registryOptions, several } from './inputs/options.ts';
import { readSources, type SourceFlags } from './inputs/source.ts';
import {
  checkOutputs,
  copyToMirror,
  metadataOf,
  type OutputFlags,
  writeOutputs,
  writesToStandardOutput,
} from './outputs/new-outputs.ts';

interface NewFlags extends RegistryFlags, SourceFlags, ApprovalFlags, OutputFlags {
  readonly name?: string;
  readonly anyVersion?: boolean;
  readonly previous?: readonly string[];
  readonly next?: readonly string[];
  readonly referenceMode?: string;
  readonly exclude?: readonly string[];
  readonly allowMissingImages?: boolean;
  readonly skipManifestCheck?: boolean;
  readonly componentVersions?: readonly string[];
  readonly componentVersionsDisplayNames?: readonly string[];
  readonly componentVersionKeys?: readonly string[];
  readonly keepManifestList?: boolean;
  readonly toImageBase?: string;
  readonly dryRun?: boolean;
  readonly output?: 'json';
  readonly maxPerRegistry?: string;
}

/** Time of creation: `SOURCE_DATE_EPOCH` when set, so that a build can be repeated byte for byte. */
function creationTime(): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  if (epoch === undefined) return new Date();
  if (!/^\d{1,11}$/.test(epoch))
    throw new SlipwayError('CLI_EPOCH_INVALID', `SOURCE_DATE_EPOCH is "${epoch}", not a number of seconds.`);
  return new Date(Number(epoch) * 1000);
}

/** oc's name for a release that has none: `0.0.1-2026-11-23-051500`. */
function namelessVersion(created: Date): string {
  return `0.0.1-${created.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')}`;
}

function concurrencyOf(text: string | undefined): { concurrency?: number } {
  if (text === undefined) return {};
  if (!/^[1-9]\d{0,2}$/.test(text))
    throw new SlipwayError('CLI_USAGE', `--max-per-registry is "${text}", not a number of images from 1 to 999.`);
  return { concurrency: Number(text) };
}

/** What the flags say of the release itself; the source may have said some of it already. */
function optionsOf(flags: NewFlags, settled: Partial<PrepareOptions>, fromRelease: boolean): Partial<PrepareOptions> {
  const metadata = metadataOf(flags.metadata);
  const created = settled.creationTimestamp ?? creationTime();
  const name = flags.name ?? settled.name ?? (fromRelease ? undefined : namelessVersion(created));
  const named = flags.name !== undefined || settled.name !== undefined || fromRelease;
  const given: Partial<PrepareOptions> = {
    ...(name === undefined ? {} : { name }),
    ...(flags.previous === undefined ? {} : { previous: flags.previous }),
    ...(flags.next === undefined ? {} : { next: flags.next }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(flags.referenceMode === undefined ? {} : { referenceMode: flags.referenceMode }),
    ...(flags.include === undefined ? {} : { include: flags.include }),
    ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    ...(flags.allowMissingImages === undefined ? {} : { allowMissingImages: flags.allowMissingImages }),
    ...(flags.skipManifestCheck === undefined ? {} : { skipManifestCheck: flags.skipManifestCheck }),
    ...(flags.componentVersions === undefined ? {} : { componentVersions: flags.componentVersions.join(',') }),
    ...(flags.componentVersionsDisplayNames === undefined
      ? {}
      : { componentVersionNames: flags.componentVersionsDisplayNames.join(',') }),
    ...(flags.componentVersionKeys === undefined ? {} : { versionKeys: flags.componentVersionKeys }),
    ...(flags.keepManifestList === undefined ? {} : { keepManifestList: flags.keepManifestList }),
    ...(flags.toImageBase === undefined ? {} : { baseImage: flags.toImageBase }),
    ...(flags.toImageBaseTag === undefined ? {} : { baseTag: flags.toImageBaseTag }),
    ...(flags.mirror === undefined ? {} : { mirrorTo: flags.mirror }),
    ...(flags.compat === undefined ? {} : { compat: flags.compat }),
    ...(flags.anyVersion === true || flags.compat === 'oc' || !named ? { anyVersion: true } : {}),
  };
  return { ...settled, ...given, creationTimestamp: created };
}

function checkUsage(flags: NewFlags): void {
  if (flags.toSignature !== undefined && flags.toImage === undefined)
    throw new SlipwayError('CLI_USAGE', '--to-signature needs --to-image: a signature is for a public name.');
  checkOutputs(flags);
  if (flags.toLock !== undefined && flags.fromDir !== undefined)
    throw new SlipwayError('CLI_USAGE', '--to-lock can not keep the manifests of --from-dir.', {
      hint: 'Keep the folders, and use --from-dir again.',
    });
}

async function create(mappings: readonly string[], flags: NewFlags): Promise<void> {
  checkUsage(flags);
  const { pushingClient, registryClient, targetOf } = await import('../registry.ts');
  const { formatInput, preparePayload, pushPayload } = await import('../../payload/index.ts');
  const { formatReference, parseReference } = await import('../../oci/index.ts');
  const pushes = (flags.toImage ?? flags.mirror) !== undefined && flags.dryRun !== true;
  const client = pushes ? await pushingClient(flags) : registryClient(flags);
  const target = flags.toImage === undefined ? undefined : targetOf(flags.toImage);
  const approval = await approvalOf(flags);
  const { input, overrides, settled } = await readSources(client, flags, mappings);
  const onProgress = (line: string): void => void note(`info: ${line}`);
  const options: PrepareOptions = {
    creationTimestamp: new Date(),
    ...optionsOf(flags, settled, input.fromRelease !== undefined),
    ...(overrides.length === 0 ? {} : { overrides }),
    ...concurrencyOf(flags.maxPerRegistry),
    resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
    onProgress,
  };
  if (flags.output === 'json') return void process.stdout.write(formatInput(input, options));

  const prepared = await preparePayload(input, options);
  for (const warning of prepared.warnings) note(`warning: ${warning}`);
  if (prepared.reproduced === false)
    throw new SlipwayError('PAYLOAD_NOT_REPRODUCED', 'the release could not be reproduced from its inputs.', {
      place: { image: flags.fromRelease ?? '' },
      hint: '`slipway payload reproduce` says what differs; nothing was pushed.',
      exitCode: 1,
    });
  if (approval !== undefined) await approve(prepared, options, approval);
  const push = target !== undefined && flags.dryRun !== true;
  const { digest } = prepared.platforms?.list ?? prepared.image;
  // what can fail here fails before anything is published
  await writeOutputs(prepared, digest, flags);
  if (flags.dryRun !== true) await copyToMirror(prepared, client, flags, options);
  const made = push
    ? await pushPayload(prepared, {
        to: client.repository({ registry: target.registry, repository: target.repository }),
        toName: formatReference({ registry: target.registry, repository: target.repository }),
        ...(target.tag === undefined ? {} : { toTag: target.tag }),
      })
    : { pullSpec: null };
  if (push) onProgress(`Pushed to ${flags.toImage}`);
  const kept = [flags.toImage, flags.mirror, flags.toDir, flags.toFile, flags.toLock].some((to) => to !== undefined);
  if (!kept && flags.dryRun !== true)
    onProgress('Nothing was pushed or written: --to-image, --to-dir, --to-file and --to-lock say where to.');
  if (writesToStandardOutput(flags)) return;
  const quiet = !push && (flags.toFile !== undefined || flags.toDir !== undefined) && flags.format === 'text';
  const { pullSpec } = made;
  const { name, created } = prepared;
  if (!quiet)
    print(
      flags.format,
      { digest, name, created, pullSpec, images: prepared.imageReferences.tags.length, pruned: prepared.pruned },
      () => `${digest} ${name} ${created}`,
    );
}

export function newVerb(): Command {
  const command = registryOptions(new Command('new'))
    .description('Makes a release image as `oc adm release new` does, without a cluster, and pushes it.')
    .argument('[mappings...]', 'TAG=IMAGE: take the image of a component from elsewhere')
    .option('-f, --from-image-stream-file <file>', 'ImageStream (YAML or JSON): a file, `-`, or a web address')
    .option('--from-lock <file>', 'a lock, as --to-lock writes it')
    .option('--from-release <ref>', 'take the content of another release')
    .option('--from-dir <dir>', 'operators as folders of manifests, and a file image-references')
    .option('--mapping-file <file>', 'TAG=IMAGE words; may be repeated', several)
    .addOption(new Option('--from-image-stream <name>').hideHelp())
    .option('--name <version>', 'version of the release')
    .option('--any-version', 'take any semantic version as name, not only versions of OKD')
    .option('--previous <versions>', 'versions it can be reached from; commas, or repeated', several)
    .option('--next <versions>', 'versions that can be reached from it', several)
    .option('--metadata <json>', 'metadata of the release')
    .addOption(
      new Option('--reference-mode <mode>', 'how pull specs are written (default: public)').choices([
        'public',
        'source',
      ]),
    )
    .option('--include <tags>', 'components to keep although no operator refers to them', several)
    .option('--exclude <tags>', 'components to leave out', several)
    .option('--allow-missing-images', 'operators may refer to components that are not there')
    .option('--skip-manifest-check', 'do not look whether manifests can be read')
    .option('--component-versions <pairs>', 'KEY=VERSION where no image declares one', several)
    .option('--component-versions-display-names <pairs>', 'KEY=NAME of these versions', several)
    .option('--component-version-keys <keys>', 'names of versions that images may declare', several)
    .option('--keep-manifest-list', 'one release image for each platform of the base image')
    .option('--mirror <repository>', 'copy the images of the release there, and let the pull specs name it')
    .option('--to-image <ref>', 'where to push it: repository or repository:tag')
    .option('--to-image-base <ref>', 'image the release is built on')
    .option('--to-image-base-tag <tag>', 'component the release image is built on')
    .option('--to-file <file>', 'write the layer with the manifests; `-` for standard output')
    .option('--to-dir <dir>', 'write the manifests')
    .option('--to-lock <file>', 'write a lock: every image by digest; `-` for standard output')
    .option('--to-signature <file>', 'write the text that is to be signed')
    .option('--dry-run', 'read and check everything, copy and push nothing')
    .addOption(new Option('-o, --output <format>', 'print the image stream, tags resolved, and stop').choices(['json']))
    .option('--max-per-registry <n>', 'images read at a time (default: 8)')
    .option('--audit-policy <file>', 'audit every image of the release first; nothing is copied when one is refused')
    .option('--audit-keyring <file>', 'public keys of packages, for the audit; may be repeated', several)
    .option('--audit-cache <dir>', 'keep what the audit found in layers')
    .addOption(new Option('--compat <tool>', 'what oc makes where Slipway makes something better').choices(['oc']))
    .addOption(new Option('--release-manifest').hideHelp())
    .addOption(formatOption());
  return command
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload new -f stream.yaml --name 4.21.0-okd-scos.0 --to-image localhost:5000/okd/scos-release --reference-mode source',
    )
    .action(create);
}
