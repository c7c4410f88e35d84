import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorFolder } from '../../../oci/index.ts';
import type { LoadOptions, Payload } from '../../../payload/index.ts';
import { SlipwayError, systemCode } from '../../../util/errors.ts';
import { ifThere } from '../../../util/files.ts';
import { readFileBounded } from '../../../util/read.ts';
import { told } from '../inputs/options.ts';

/** The repository that `oc adm release mirror --to-dir` makes in a folder. */
export const FOLDER_REPOSITORY = 'openshift/release';

/** Signatures, and what else is kept beside the images. */
const CONFIG = 'config';

function recordFile(folder: string, tag: string): string {
  return join(folder, CONFIG, `mirror-${tag}.json`);
}

/** Keeps where a release came from: its images say that of themselves, it does not. */
export async function recordOrigin(folder: string, tag: string, payload: Payload): Promise<void> {
  const { writeFileAtomic } = await import('../../../util/files.ts');
  const repository = payload.pullSpec.slice(0, payload.pullSpec.indexOf('@'));
  const digest = payload.listDigest ?? payload.digest;
  await writeFileAtomic(recordFile(folder, tag), `${JSON.stringify({ repository, digest }, undefined, 2)}\n`);
}

/** A release that a folder has a record of. */
interface Origin {
  readonly repository: string;
  readonly digest: string | undefined;
}

/** What a record says; `undefined` where there is none: oc's own folders have none. */
async function readOrigin(file: string): Promise<Origin | undefined> {
  try {
    const record: unknown = JSON.parse((await readFileBounded(file)).toString('utf8'));
    if (
      typeof record === 'object' &&
      record !== null &&
      'repository' in record &&
      typeof record.repository === 'string'
    ) {
      const digest = 'digest' in record && typeof record.digest === 'string' ? record.digest : undefined;
      return { repository: record.repository, digest };
    }
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new SlipwayError('PAYLOAD_MIRROR_RECORD', 'the record of where the release came from is damaged.', {
    place: { file },
    hint: 'Name the repository with --source-repository.',
  });
}

/** What is in the folder of signatures and records, in byte order. */
async function configFiles(folder: string, which: RegExp): Promise<readonly string[]> {
  const config = join(folder, CONFIG);
  const names = (await ifThere(readdir(config), config)) ?? [];
  return names
    .filter((name) => which.test(name))
    .sort()
    .map((name) => join(config, name));
}

/** The repository that a release came from: records are named by its tag, and say its digest. */
async function originOf(folder: string, tagOrDigest: string): Promise<string | undefined> {
  const { isDigest } = await import('../../../oci/index.ts');
  if (!isDigest(tagOrDigest)) return (await readOrigin(recordFile(folder, tagOrDigest)))?.repository;
  for (const file of await configFiles(folder, /^mirror-.*\.json$/)) {
    const origin = await readOrigin(file);
    if (origin?.digest === tagOrDigest) return origin.repository;
  }
  return undefined;
}

/** Whether a tag is that of a release, not of a component or of what stands beside an image: releases say so themselves. */
async function isRelease(disk: MirrorFolder, tag: string): Promise<boolean> {
  if (tag.startsWith('sha256-')) return false;
  const { labelsOf, loadImage } = await import('../../../oci/index.ts');
  const { config } = await loadImage(disk, tag, { platform: /^/ });
  return labelsOf(config)['io.openshift.release'] !== undefined;
}

/** The one release of a folder. Throws `PAYLOAD_MIRROR_SOURCE`. */
async function onlyRelease(disk: MirrorFolder, folder: string): Promise<string> {
  const releases: string[] = [];
  for (const tag of await disk.tags()) if (await isRelease(disk, tag)) releases.push(tag);
  const [release] = releases;
  if (release !== undefined && releases.length === 1) return release;
  throw new SlipwayError(
    'PAYLOAD_MIRROR_SOURCE',
    releases.length === 0 ? 'the folder holds no release.' : `the folder holds ${releases.length} releases.`,
    {
      place: { file: folder },
      hint:
        releases.length === 0
          ? '`slipway payload mirror REF --to-dir DIR` makes one.'
          : `Name one: ${releases.map((tag) => `file://${FOLDER_REPOSITORY}:${tag}`).join(', ')}.`,
    },
  );
}

/** A release in a folder, with the signatures that are kept there. */
export interface FolderRelease {
  readonly payload: Payload;
  readonly disk: MirrorFolder;
  readonly signatures: readonly Uint8Array[];
  /** Repository that it came from; undefined when nobody knows. */
  readonly origin: string | undefined;
}

/**
 * Reads `file://REPOSITORY[:TAG][@DIGEST]`; a digest counts more than a tag, as in every reference. Throws `CLI_USAGE`.
 */
export async function parseFolderReference(
  text: string,
): Promise<{ readonly repository: string; readonly tagOrDigest: string | undefined }> {
  const { isDigest } = await import('../../../oci/index.ts');
  const [, repository, tag, digest] = /^file:\/\/([^:@]+)(?::([^:@]+))?(?:@(.+))?$/.exec(text) ?? [];
  if (repository !== undefined && (digest === undefined || isDigest(digest)))
    return { repository, tagOrDigest: digest ?? tag };
  throw new SlipwayError('CLI_USAGE', 'a release in a folder is named by file://REPOSITORY:TAG or @DIGEST.', {
    place: { image: text },
  });
}

/** Opens `file://REPOSITORY[:TAG][@DIGEST]` of a folder; without tag and digest, the folder's only release. */
export async function openFolderRelease(
  folder: string,
  reference: string | undefined,
  sourceRepository?: string,
  options: Partial<LoadOptions> = {},
): Promise<FolderRelease> {
  const { MirrorFolder } = await import('../../../oci/index.ts');
  const { loadPayload } = await import('../../../payload/index.ts');
  const { configMapSignatures } = await import('../../../sign/index.ts');
  const named = reference === undefined ? undefined : await parseFolderReference(reference);
  const disk = new MirrorFolder(folder, named?.repository ?? FOLDER_REPOSITORY);
  const tagOrDigest = named?.tagOrDigest ?? (await onlyRelease(disk, folder));
  const origin = sourceRepository ?? (await originOf(folder, tagOrDigest));
  const payload = told(await loadPayload(disk, tagOrDigest, { name: origin ?? FOLDER_REPOSITORY, ...options }));
  const digest = payload.listDigest ?? payload.digest;
  const signatures: Uint8Array[] = [];
  for (const file of await configFiles(folder, /^signature-.*\.json$/))
    signatures.push(...configMapSignatures((await readFileBounded(file)).toString('utf8'), digest, file));
  return { payload, disk, signatures, origin };
}
