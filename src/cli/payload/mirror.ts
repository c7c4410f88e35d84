import { Command, Option } from 'commander';
import type { ImageSource, ImageTarget, RegistryClient } from '../../oci/index.ts';
import type { Mirrored, MirrorPlan, Payload } from '../../payload/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { stopRequest } from '../stop.ts';
import { openRelease, registryOptions, several } from './inputs/options.ts';
import { type ApplyFlags, applySignatures, clusterOf } from './outputs/apply-signature.ts';
import { formatSeconds, terminalProgress } from './outputs/bar.ts';
import { FOLDER_REPOSITORY, openFolderRelease, recordOrigin } from './outputs/mirror-folder.ts';
import { type SignatureFlags, signaturesOf, writeSignatures } from './outputs/mirror-signatures.ts';

interface MirrorFlags extends RegistryFlags, ApplyFlags, SignatureFlags {
  readonly from?: string;
  readonly to?: string;
  readonly fromDir?: string;
  readonly sourceRepository?: string;
  readonly toMirror?: boolean;
  readonly toReleaseImage?: string;
  readonly skipReleaseImage?: boolean;
  readonly printMirrorInstructions: 'idms' | 'icsp' | 'itms' | 'none';
  readonly keepManifestList?: boolean;
  readonly maxPerRegistry: string;
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

/** What a copy goes by. */
interface Copying {
  readonly resolve: Opened['resolve'];
  readonly to: ImageTarget;
  /** Where the release image goes, if not with its components. */
  readonly releaseTo: ImageTarget | undefined;
  readonly concurrency: number;
  /** Told of what stands beside an image and can not be read; without it, that ends the copy. */
  readonly onUnread: ((reason: string) => void) | undefined;
  /** Ends what a registry is asked for. */
  readonly stopping: AbortController;
}

/** Aborted by the first signal that asks to end, which is said; the second one ends the process. */
function stopSaid(stopping: AbortController): AbortSignal {
  const signal = stopRequest();
  const stop = (): void => {
    note('info: Stopping; another Ctrl-C ends it at once.');
    stopping.abort(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  return signal;
}

/** Copies under a progress bar; Ctrl-C ends it between two pieces, and the next copy goes on from there. */
async function copy(plan: MirrorPlan, copying: Copying): Promise<Mirrored> {
  const { resolve, to, releaseTo, concurrency, onUnread, stopping } = copying;
  const { mirrorImages } = await import('../../payload/index.ts');
  const signal = stopSaid(stopping);
  const progress = terminalProgress();
  const start = performance.now();
  const count = plan.images.length + (releaseTo === undefined ? 0 : 1);
  process.stderr.write(`info: Mirroring ${count} images to ${plan.repository} ...\n`);
  let done: Mirrored;
  try {
    const onDamaged = (reason: string): void => note(`info: ${reason} It is copied again.`);
    const told = { onProgress: progress.update, onDamaged, ...(onUnread === undefined ? {} : { onUnread }) };
    const options = { resolve, to, concurrency, signal, ...told };
    done = await mirrorImages(plan.images, options);
    if (releaseTo !== undefined) {
      const tag = /:([^:/]+)$/.exec(plan.releaseAt ?? '')?.[1] ?? plan.release.tag;
      await mirrorImages([{ ...plan.release, tag }], { ...options, to: releaseTo });
    }
  } finally {
    progress.end();
  }
  process.stderr.write(`info: Mirroring completed in ${formatSeconds((performance.now() - start) / 1000)}\n`);
  return done;
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
  if (flags.skipReleaseImage === true && flags.toReleaseImage !== undefined)
    throw usage('--skip-release-image and --to-release-image may not both be specified.');
  if (!/^[1-9]\d?$/.test(flags.maxPerRegistry)) throw usage('--max-per-registry is a number from 1 to 99.');
  const cluster = await clusterOf(flags);
  const { pushingClient, registryClient, targetOf, tellOnTheWay } = await import('../registry.ts');
  const { formatManifests, formatMapping, formatMirrorReport, planMirror } = await import('../../payload/index.ts');
  const pushes = (flags.to ?? flags.toReleaseImage) !== undefined && flags.dryRun !== true && flags.toMirror !== true;
  const stopping = new AbortController();
  const command = { notice: tellOnTheWay, signal: stopping.signal };
  const client = pushes ? await pushingClient(flags, command) : registryClient(flags, command);
  const releaseTarget = flags.toReleaseImage === undefined ? undefined : targetOf(flags.toReleaseImage);
  const opened = await open(client, reference, flags);
  const whole = planMirror(opened.payload, {
    to: flags.to ?? `file://${FOLDER_REPOSITORY}`,
    ...(flags.keepManifestList === undefined ? {} : { keepManifestList: flags.keepManifestList }),
    ...(flags.skipReleaseImage === true ? { release: 'skipped' } : {}),
    ...(flags.toReleaseImage === undefined ? {} : { release: { to: flags.toReleaseImage } }),
  });
  const plan = opened.nameless
    ? { ...whole, sources: whole.sources.filter((source) => source !== FOLDER_REPOSITORY) }
    : whole;
  if (flags.toMirror === true) return void process.stdout.write(formatMapping(plan));
  if (opened.nameless)
    process.stderr.write('warning: The repository of the release is not known; --source-repository names it.\n');

  const found = await signaturesOf(opened.payload, opened.signatures, opened.resolve, flags);
  const unread: string[] = [];
  const onUnread = (reason: string): void => {
    unread.push(reason);
    note(`warning: ${reason}`);
  };
  const done = flags.dryRun
    ? undefined
    : await copy(plan, {
        resolve: opened.resolve,
        to: await targetFor(client, flags, plan),
        releaseTo: releaseTarget && client.repository(releaseTarget),
        concurrency: Number(flags.maxPerRegistry),
        onUnread: flags.requireSignature === true ? undefined : onUnread,
        stopping,
      });
  const comesBack = flags.toDir !== undefined && plan.images.includes(plan.release);
  if (comesBack && !flags.dryRun) await recordOrigin(flags.toDir, plan.release.tag, opened.payload);

  const files = await writeSignatures(found, plan.repository.replace(/^file:\/\//, ''), flags);
  const applied = cluster === undefined ? undefined : await applySignatures(cluster, found, flags);
  print(
    flags.format,
    {
      repository: plan.repository,
      release: plan.releaseAt ?? null,
      digest: plan.release.digest,
      sources: plan.sources,
      signed: found.signatures.length > 0,
      signatures: files[0] ?? null,
      warnings: [...found.warnings, ...unread],
      ...(done === undefined ? { dryRun: true } : done),
    },
    () =>
      (applied ?? '') +
      formatManifests(plan, done?.manifests ?? []) +
      formatMirrorReport(plan, {
        instructions: flags.printMirrorInstructions,
        ...(flags.toDir === undefined ? {} : { folder: flags.toDir }),
        ...(files.length === 0
          ? {}
          : {
              signatures: {
                files,
                ...(flags.releaseImageSignatureToDir === undefined ? {} : { folder: flags.releaseImageSignatureToDir }),
              },
            }),
        ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
      }),
  );
  const withThem = found.signatures.length > 0 ? ' with its signatures' : '';
  if (flags.toDir !== undefined && flags.dryRun !== true)
    process.stderr.write(
      comesBack
        ? `info: \`slipway payload mirror --from-dir ${flags.toDir} --to REGISTRY/REPOSITORY\` uploads it${withThem}\n`
        : 'info: The folder has no release image, which `slipway payload mirror --from-dir` would need: `oc image mirror` uploads it.\n',
    );
}

export function mirrorVerb(): Command {
  return registryOptions(new Command('mirror'))
    .description(
      'Copies a release with all its images, signatures and referrers to a registry or a folder, and back. Goes on where a copy was cut off.',
    )
    .argument('[ref]', 'release image, or file://REPOSITORY:TAG (or @DIGEST) of --from-dir')
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
    .option(
      '--require-signature',
      'copy nothing of a release that is not signed, or beside which something can not be read',
    )
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
