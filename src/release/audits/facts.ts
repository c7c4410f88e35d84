import { basename } from 'node:path';
import {
  auditImages,
  type Catalogue,
  directoryCache,
  type ImageFacts,
  type JudgeContext,
  type JudgedBase,
  type LayerProgress,
  type PreviousRelease,
  parseCatalogue,
  surveyImages,
  type UnreadImage,
} from '../../audit/index.ts';
import { openLayout } from '../../oci/index.ts';
import { parseKeyring } from '../../rpm/index.ts';
import type { ReleaseSubject, Tools } from '../context.ts';
import { readPart } from '../definition/index.ts';
import type { StepOutput } from '../kept/index.ts';

/** What an audit looks at beside a release's images. */
interface Judging {
  readonly previous: PreviousRelease | undefined;
  /** Whether every file is hashed; what was audited with it is judged again with it. */
  readonly deep: boolean;
}

async function readCatalogues(files: readonly string[]): Promise<Catalogue[]> {
  return await Promise.all(files.map(async (file) => parseCatalogue((await readPart(file)).toString('utf8'), file)));
}

/** What a nightly is judged from. */
export interface AuditFacts {
  readonly images: readonly ImageFacts[];
  readonly context: JudgeContext;
}

/** What a nightly is judged from, and which of its images could not be read. */
export interface GatheredFacts extends AuditFacts {
  readonly unread: readonly UnreadImage[];
}

/**
 * Facts of a nightly's components and of the base images of its definition. Layers that were seen before come from the
 * workspace's cache, so that judging a past release again reads nothing but manifests. The same release and previous
 * one give the same facts.
 */
export async function gatherFacts(
  { definition, repositories, paths }: Pick<Tools, 'definition' | 'repositories' | 'paths'>,
  release: Pick<ReleaseSubject, 'set' | 'createdAt'>,
  components: StepOutput<'import'>['components'],
  { previous, deep }: Judging,
  onLayer: (progress: LayerProgress) => void = () => {},
): Promise<GatheredFacts> {
  const keyring = parseKeyring(await Promise.all(definition.audit.keyring.map(readPart)));
  const catalogues = await readCatalogues(definition.audit.catalogues ?? []);
  const options = { keyring, deep, cache: directoryCache(paths.cache), architecture: definition.architecture };
  const { images, unread } = await surveyImages(
    components.map(({ name, digest }) => ({
      source: repositories.stagingContent,
      reference: digest,
      name,
      pullSpec: `${repositories.contentName}@${digest}`,
    })),
    { ...options, onLayer },
  );
  const layout = await openLayout(definition.images.layout);
  const bases = await auditImages(
    Object.entries(definition.images.bases).map(([name, reference]) => ({
      source: layout,
      reference,
      name,
      base: true,
    })),
    options,
  );
  const choice = definition.choices[release.set];
  const known = bases.map((base): JudgedBase => {
    if (choice?.base !== base.name) return base;
    const { line, text, instead: before } = choice;
    return { ...base, chosenAt: { file: basename(definition.file), line, text, before } };
  });
  return {
    images,
    unread,
    context: {
      // The day of the nightly, not of the run: a continued run judges exceptions as the first one would have.
      at: release.createdAt,
      bases: known,
      catalogues,
      ...(previous === undefined ? {} : { previous }),
    },
  };
}
