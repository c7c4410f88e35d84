import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyImage, parseReference } from '../../oci/index.ts';
import { loadPayload, writeTools } from '../../payload/index.ts';
import { signatureFiles } from '../../sign/index.ts';
import { mapLimit, SlipwayError, storageError, syncFolder, writeFileAtomic } from '../../util/index.ts';
import type { Step, StepContext } from '../context.ts';
import { type PublishedAttestation, publishAttestations, requireAttestations } from './attestations.ts';

const AT_ONCE = 4;

/** Copies the components, by digest: nobody is told of them before the payload's tag appears. */
async function publishContent(context: StepContext, digest: string): Promise<void> {
  const { stagingContent, stagingRelease, content } = context.repositories;
  const payload = await loadPayload(stagingRelease, digest);
  const images = payload.imageReferences.tags.flatMap((tag) => parseReference(tag.from?.name ?? '').digest ?? []);
  let copied = 0;
  await mapLimit([...new Set(images)], AT_ONCE, async (image) => {
    context.signal.throwIfAborted();
    await copyImage(stagingContent, image, content);
    context.progress(`${++copied} images`);
  });
}

/** Signature files in both layouts; clients ask for them as soon as they know the digest. */
async function publishSignatures(context: StepContext, digest: string): Promise<void> {
  const signatures = await context.signatures.of(digest);
  const files = signatureFiles({
    digest,
    repository: context.repositories.releaseName,
    signatures: signatures.map(({ bytes }) => bytes),
  });
  const folders = {
    cvo: context.paths.signatures,
    configmap: context.paths.signatures,
    lookaside: context.paths.lookaside,
  };
  for (const file of files) await writeFileAtomic(join(folders[file.layout], file.path), file.bytes);
}

/**
 * A version names one payload for ever. An external registry may hold another under it, made by another workspace:
 * whoever trusted that one must not get this one. Throws `RELEASE_VERSION_TAKEN`.
 */
async function checkVersionFree({ repositories, release }: StepContext, digest: string): Promise<void> {
  let taken: string;
  try {
    taken = (await repositories.release.manifest(release.name)).digest;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'OCI_MANIFEST_UNKNOWN') return;
    throw error;
  }
  if (taken === digest) return;
  throw new SlipwayError('RELEASE_VERSION_TAKEN', `the registry holds another payload, ${taken}, under this version.`, {
    place: { image: `${repositories.releaseName}:${release.name}` },
    hint: 'Publish to a repository of this workspace alone.',
  });
}

interface Download {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Client tools with sha256sum.txt, in a folder that appears whole or not at all. */
async function publishDownloads(context: StepContext, digest: string): Promise<Download[]> {
  const { stagingContent, stagingRelease } = context.repositories;
  const payload = await loadPayload(stagingRelease, digest);
  // A stable release has its own: it is not judged again, but looked at.
  await context.outlines.of(payload);
  const final = join(context.paths.downloads, context.release.name);
  // A dot file: what is not whole is not served.
  const building = join(context.paths.downloads, `.${context.release.name}.tmp`);
  try {
    await rm(building, { recursive: true, force: true });
    const tools = await writeTools(payload, building, {
      resolve: () => stagingContent,
      pullSpec: `${context.repositories.releaseName}@${digest}`,
    });
    // A folder left by a run that was killed after the rename holds the same bytes.
    await rm(final, { recursive: true, force: true });
    await rename(building, final);
    await syncFolder(context.paths.downloads);
    return tools.map(({ name, size, sha256 }) => ({ name, sizeBytes: size, sha256 }));
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw storageError(error, final);
  }
}

/**
 * Makes an accepted release public: components, signatures, downloads and attestations first, the payload under its version last.
 * Everything is addressed by digest or by a version that is used once, so running it again changes nothing.
 */
export const publishStep: Step<'publish'> = {
  name: 'publish',
  async run(context) {
    const { release, repositories } = context;
    const { digest } = release.kind === 'nightly' ? await context.output('assemble') : await context.output('promote');
    await checkVersionFree(context, digest);
    await publishContent(context, digest);
    let downloads: Download[] = [];
    let attestations: PublishedAttestation[] = [];
    if (release.kind === 'stable') {
      await publishSignatures(context, digest);
      downloads = await publishDownloads(context, digest);
      attestations = await publishAttestations(context, digest);
      await requireAttestations(context, digest);
    }
    await copyImage(repositories.stagingRelease, digest, repositories.release, release.name);
    return {
      state: 'done',
      detail: `${repositories.releaseName}:${release.name}`,
      output: { pullSpec: `${repositories.releaseName}@${digest}`, digest, downloads, attestations },
    };
  },
};
