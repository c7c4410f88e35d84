import type { Command } from 'commander';
import type { AuditReport } from '../../audit/index.ts';
import { readInput } from '../input.ts';
import type { RegistryFlags } from '../registry.ts';

export interface JudgingFlags extends RegistryFlags {
  readonly policy: string;
  readonly keyring: readonly string[];
  readonly cache?: string;
  readonly catalogue: readonly string[];
  readonly deep?: boolean;
}

/** For options that may be repeated. */
export const collect = (value: string, earlier: readonly string[] = []): string[] => [...earlier, value];

export async function keyring(files: readonly string[]) {
  const { parseKeyring } = await import('../../rpm/index.ts');
  return parseKeyring(await Promise.all(files.map(readInput)));
}

async function catalogues(files: readonly string[]) {
  const { parseCatalogue } = await import('../../audit/index.ts');
  return await Promise.all(files.map(async (file) => parseCatalogue((await readInput(file)).toString('utf8'), file)));
}

/** What every verb takes that audits by a policy. */
export function withJudging(command: Command): Command {
  return command
    .requiredOption('--policy <file>', 'audit policy (YAML)')
    .option('--keyring <file>', 'public keys to verify package signatures with; may be repeated', collect, [])
    .option('--cache <dir>', 'keep facts of layers here, for the next audit')
    .option('--catalogue <file>', 'catalogue of open packages to look headers up in; may be repeated', collect, [])
    .option('--deep', 'compare every packaged file with its signed digest, and look for copied programs')
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file');
}

export interface NamedReference {
  readonly name: string;
  readonly reference: string;
}

/** Audits images under one policy. */
export async function auditReport(flags: JudgingFlags, images: readonly NamedReference[]): Promise<AuditReport> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { auditImages, directoryCache, judge, parsePolicy } = await import('../../audit/index.ts');
  const policy = parsePolicy((await readInput(flags.policy)).toString('utf8'), flags.policy);
  const client = registryClient(flags);
  const facts = await auditImages(
    images.map(({ name, reference }) => {
      const { repository, selector } = namedImage(client, reference);
      return { name, source: repository, reference: selector, pullSpec: reference };
    }),
    {
      keyring: await keyring(flags.keyring),
      deep: flags.deep ?? false,
      ...(flags.cache === undefined ? {} : { cache: directoryCache(flags.cache) }),
    },
  );
  return judge(facts, policy, { at: new Date(), catalogues: await catalogues(flags.catalogue) });
}

/** The image itself, named as the last part of its repository where no other name is given. */
export async function singleImage(reference: string, name: string | undefined): Promise<NamedReference> {
  const { parseReference } = await import('../../oci/index.ts');
  return { name: name ?? parseReference(reference).repository.split('/').at(-1) ?? reference, reference };
}

/** Components of a release, and how documents name the release. */
export async function releaseImages(reference: string, flags: RegistryFlags) {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { loadPayload } = await import('../../payload/index.ts');
  const { repository, selector } = namedImage(registryClient(flags), reference);
  const payload = await loadPayload(repository, selector);
  return {
    images: payload.imageReferences.tags.map((tag) => ({ name: tag.name, reference: tag.from?.name ?? '' })),
    payload: { name: payload.metadata.version, digest: payload.digest, pullSpec: payload.pullSpec },
  };
}
