import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { ImageSource, ImageTarget, RegistryClient } from '../../oci/index.ts';
import type { Mirrored, MirrorPlan, Payload, ReleaseSignatures } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { formatSeconds, terminalProgress } from '../bar.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { stopRequest } from '../stop.ts';
import { type ApplyFlags, applySignatures, clusterOf } from './apply-signature.ts';
import { FOLDER_REPOSITORY, openFolderRelease, recordOrigin } from './mirror-folder.ts';
import { openRelease, registryOptions, several } from './options.ts';

interface MirrorFlags extends RegistryFlags, ApplyFlags {
  readonly from?: string;
  readonly to?: string;
  readonly toDir?: string;
  readonly fromDir?: string;
  readonly sourceRepository?: string;
  readonly toMirror?: boolean;
  readonly toReleaseImage?: string;
  readonly skipReleaseImage?: boolean;
  readonly releaseImageSignatureToDir?: string;
  readonly signatureStore?: readonly string[];
  readonly requireSignature?: boolean;
  readonly printMirrorInstructions: 'idms' | 'icsp' | 'itms' | 'none';
  readonly keepManifestList?: boolean;
  readonly maxPerRegistry: string;
  readonly dryRun?: boolean;
  readonly format: Format;
}

interface Opened {
  readonly payload: Payload;
  readonly resolve: (pullSpec: string) => ImageSource;
  readonly signatures: readonly Uint8Array[];
  /** The repository the release came from is not known: nobody can be told to mirror it. */
  readonly nameless: boolean;
}

function usage(message: string, hint?: string): SlipwayError {
  return new SlipwayError('CLI_USAGE', message, hint === undefined ? {} : { hint });
}

async function open(client: RegistryClient, reference: string | undefined, flags: MirrorFlags): Promise<Opened> {
  if (flags.fromDir === undefined) {
    if (reference === undefined) throw usage('must specify a release image as an argument, or --from-dir');
    const { parseReference } = await import('../../oci/index.ts');
    return {
      payload: await openRelease(client, reference),
      resolve: (pullSpec) => client.repository(parseReference(pullSpec)),
      signatures: [],
      nameless: false,
    };
  }
  const { payload, disk, signatures, origin } = await openFolderRelease(
    flags.fromDir,
    reference,
    flags.sourceRepository,
  );
  return { payload, resolve: () => disk, signatures, nameless: origin === undefined };
}

/** Warns of a release that is not signed as it asks for itself, before anything is copied. */
async function signaturesOf({ payload, signatures }: Opened, flags: MirrorFlags): Promise<ReleaseSignatures> {
  const { releaseSignatures } = await import('../../payload/index.ts');
  const found = await releaseSignatures(payload, {
    given: signatures,
    at: new Date(),
    ...(flags.signatureStore === undefined ? {} : { stores: flags.signatureStore }),
  });
  for (const warning of found.warnings) process.stderr.write(`warning: ${warning}\n`);
  if (flags.requireSignature === true && found.signatures.length === 0)
    throw new SlipwayError('PAYLOAD_UNSIGNED', 'the release is not signed; nothing was copied.', {
      place: { image: payload.reference },
      hint: 'Without --require-signature it is copied all the same.',
      exitCode: 1,
    });
  return found;
}

/** Copies under a progress bar; Ctrl-C ends it between two pieces, and the next copy goes on from there. */
async function copy(
  plan: MirrorPlan,
  { resolve }: Opened,
  to: ImageTarget,
  flags: MirrorFlags,
  release: ImageTarget | undefined,
): Promise<Mirrored> {
  const { mirrorImages } = await import('../../payload/index.ts');
  const signal = stopRequest();
  const progress = terminalProgress();
  const start = performance.now();
  const concurrency = Number(flags.maxPerRegistry);
  const { images } = plan;
  const inPlace = release === undefined && flags.skipReleaseImage !== true;
  process.stderr.write(`info: Mirroring ${images.length} images to ${plan.repository} ...\n`);
  let done: Mirrored;
  try {
    const onDamaged = (reason: string): void => note(`info: ${reason} It is copied again.`);
    const options = { resolve, to, concurrency, signal, onProgress: progress.update, onDamaged };
    done = await mirrorImages(inPlace ? images : images.slice(0, -1), options);
    if (release !== undefined)
      await mirrorImages([{ ...plan.release, tag: releaseTag(flags, plan) }], { ...options, to: release });
  } finally {
    progress.end();
  }
  process.stderr.write(`info: Mirroring completed in ${formatSeconds((performance.now() - start) / 1000)}\n`);
  return done;
}

function releaseTag({ toReleaseImage = '' }: MirrorFlags, plan: MirrorPlan): string {
  return /:([^:/]+)$/.exec(toReleaseImage)?.[1] ?? plan.release.tag;
}

/** Writes the signatures in every form in which somebody looks for them. Returns the ConfigMap's file. */
async function writeSignatures(
  found: ReleaseSignatures,
  folder: string,
  configFolder: string,
  repository: string,
): Promise<string> {
  const { signatureFiles } = await import('../../sign/index.ts');
  const { writeFileAtomic } = await import('../../util/files.ts');
  const folders = { cvo: join(folder, 'signatures'), lookaside: join(folder, 'lookaside'), configmap: configFolder };
  let configMap = '';
  for (const { layout, path, bytes } of signatureFiles({ ...found, repository })) {
    const file = join(folders[layout], path);
    await writeFileAtomic(file, bytes);
    if (layout === 'configmap') configMap = file;
  }
  return configMap;
}

async function targetFor(client: RegistryClient, flags: MirrorFlags, plan: MirrorPlan): Promise<ImageTarget> {
  const { MirrorFolder, parseReference } = await import('../../oci/index.ts');
  if (flags.toDir !== undefined) return new MirrorFolder(flags.toDir, FOLDER_REPOSITORY);
  return client.repository(parseReference(plan.repository));
}

async function mirror(argument: string | undefined, flags: MirrorFlags): Promise<void> {
  const reference = argument ?? flags.from;
  if (argument !== undefined && flags.from !== undefined) throw usage('name the release by an argument or --from.');
  if ((flags.to === undefined) === (flags.toDir === undefined))
    throw usage('name exactly one of --to and --to-dir.', '--to is a repository, --to-dir a folder.');
  if (!/^[1-9]\d?$/.test(flags.maxPerRegistry)) throw usage('--max-per-registry is a number from 1 to 99.');
  const cluster = await clusterOf(flags);
  const { pushingClient, registryClient, targetOf } = await import('../registry.ts');
  const { formatManifests, formatMapping, formatMirrorReport, planMirror } = await import('../../payload/index.ts');
  const pushes = (flags.to ?? flags.toReleaseImage) !== undefined && flags.dryRun !== true && flags.toMirror !== true;
  const client = pushes ? await pushingClient(flags) : registryClient(flags);
  const opened = await open(client, reference, flags);
  const whole = planMirror(opened.payload, {
    to: flags.to ?? `file://${FOLDER_REPOSITORY}`,
    ...(flags.keepManifestList === undefined ? {} : { keepManifestList: flags.keepManifestList }),
  });
  const plan = opened.nameless
    ? { ...whole, sources: whole.sources.filter((source) => source !== FOLDER_REPOSITORY) }
    : whole;
  if (flags.toMirror === true) return void process.stdout.write(formatMapping(plan));
  if (opened.nameless)
    process.stderr.write('warning: The repository of the release is not known; --source-repository names it.\n');

  const found = await signaturesOf(opened, flags);
  const releaseTarget = flags.toReleaseImage === undefined ? undefined : targetOf(flags.toReleaseImage);
  const done = flags.dryRun
    ? undefined
    : await copy(
        plan,
        opened,
        await targetFor(client, flags, plan),
        flags,
        releaseTarget && client.repository({ registry: releaseTarget.registry, repository: releaseTarget.repository }),
      );
  if (flags.toDir !== undefined && !flags.dryRun) await recordOrigin(flags.toDir, plan.release.tag, opened.payload);

  const folder = flags.toDir ?? flags.releaseImageSignatureToDir;
  const signed = found.signatures.length > 0 && folder !== undefined;
  const configFolder = flags.toDir === undefined ? (folder ?? '') : join(flags.toDir, 'config');
  const dryFile = join(configFolder, `signature-${found.digest.replace(':', '-').slice(0, 23)}.json`);
  const file = signed
    ? flags.dryRun
      ? dryFile
      : await writeSignatures(found, folder, configFolder, plan.repository.replace(/^file:\/\//, ''))
    : undefined;
  const applied = cluster === undefined ? undefined : await applySignatures(cluster, found, flags);
  print(
    flags.format,
    {
      repository: plan.repository,
      release: `${plan.repository}:${plan.release.tag}`,
      digest: plan.release.digest,
      sources: plan.sources,
      signed: found.signatures.length > 0,
      signatures: file ?? null,
      warnings: found.warnings,
      ...(done === undefined ? { dryRun: true } : done),
    },
    () =>
      (applied ?? '') +
      formatManifests(plan, done?.manifests ?? []) +
      formatMirrorReport(plan, {
        instructions: flags.printMirrorInstructions,
        ...(flags.toDir === undefined ? {} : { folder: flags.toDir }),
        ...(flags.toReleaseImage === undefined ? {} : { updateImage: flags.toReleaseImage }),
        ...(file === undefined
          ? {}
          : {
              signatures: {
                file,
                ...(flags.releaseImageSignatureToDir === undefined ? {} : { folder: flags.releaseImageSignatureToDir }),
              },
            }),
        ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
      }),
  );
  if (flags.toDir !== undefined && flags.dryRun !== true)
    process.stderr.write(
      `info: \`slipway payload mirror --from-dir ${flags.toDir} --to REGISTRY/REPOSITORY\` uploads it with its signatures\n`,
    );
}

export function mirrorVerb(): Command {
  return registryOptions(new Command('mirror'))
    .description(
      'Copies a release with all its images, signatures and referrers to a registry or a folder, and back. Goes on where a copy was cut off.',
    )
    .argument('[ref]', 'release image, or file://REPOSITORY:TAG of --from-dir')
    .option('--from <ref>', 'the same as the argument')
    .option(
      '--to <repository>',
      `repository to copy to; REPOSITORY:TAG with \${component} and \${version} names the tags`,
    )
    .option('--to-dir <dir>', 'folder to copy to')
    .option('--from-dir <dir>', 'folder to copy from, as --to-dir made it')
    .option('--source-repository <repository>', 'where the release in the folder came from, if that is not recorded')
    .option('--to-mirror', 'print the lines that `oc image mirror -f` takes, and stop')
    .option('--to-release-image <ref>', 'where the release image goes, if not with its components')
    .option('--skip-release-image', 'copy the components only')
    .option('--release-image-signature-to-dir <dir>', 'write the signatures there: ConfigMap, store, lookaside')
    .option(
      '--apply-release-image-signature',
      'write the ConfigMap with the signatures to the cluster of the kubeconfig',
    )
    .option('--overwrite', 'replace the ConfigMap where the cluster has it')
    .option('--kubeconfig <file>', 'cluster to write to; default KUBECONFIG, then ~/.kube/config')
    .option('--signature-store <store>', 'look for signatures here as well; may be repeated', several)
    .option('--require-signature', 'copy nothing of a release that is not signed')
    .addOption(
      new Option('--print-mirror-instructions <kind>', 'what clusters are told')
        .choices(['idms', 'icsp', 'itms', 'none'])
        .default('idms'),
    )
    .option('--keep-manifest-list', 'tags end with "multi"; lists are copied whole in any case')
    .option('--max-per-registry <n>', 'blobs copied at a time', '6')
    .option('--dry-run', 'say what would be done')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  slipway payload mirror quay.io/okd/scos-release:4.21.0-okd-scos.0 --to mirror.example:5000/okd/release\n  slipway payload mirror quay.io/okd/scos-release:4.21.0-okd-scos.0 --to-dir ./usb\n  slipway payload mirror --from-dir ./usb --to mirror.example:5000/okd/release',
    )
    .action(mirror);
}
