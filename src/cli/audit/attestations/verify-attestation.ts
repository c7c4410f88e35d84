import { Command, Option } from 'commander';
import type { FoundAttestation } from '../../../audit/index.ts';
import { collect, readInput } from '../../input.ts';
import { type Format, formatOption, print, table } from '../../output.ts';
import type { RegistryFlags } from '../../registry.ts';

interface VerifyFlags extends RegistryFlags {
  readonly key: readonly string[];
  readonly type?: string;
  readonly format: Format;
}

/** What a statement says of the audit; null for one that says nothing of it (an SBOM). */
function resultOf({ statement }: FoundAttestation): string | null {
  const predicate = statement?.predicate;
  if (typeof predicate !== 'object' || predicate === null) return null;
  if ('result' in predicate && typeof predicate.result === 'string') return predicate.result;
  if ('verificationResult' in predicate && typeof predicate.verificationResult === 'string')
    return predicate.verificationResult;
  return null;
}

async function verify(text: string, flags: VerifyFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../../registry.ts');
  const { findAttestations, PREDICATES } = await import('../../../audit/index.ts');
  const { loadAttestationKey } = await import('../../../sign/index.ts');
  const { SlipwayError } = await import('../../../util/index.ts');
  const keys = await Promise.all(
    flags.key.map(async (file) => loadAttestationKey((await readInput(file)).toString('utf8'), 'public', { file })),
  );
  const { repository, selector } = namedImage(registryClient(flags), text);
  const { digest } = await repository.manifest(selector);
  const wanted = PREDICATES.find(({ id }) => id === flags.type)?.type;
  const found = (await findAttestations(repository, digest, keys)).filter(
    ({ predicateType }) => wanted === undefined || predicateType === wanted,
  );
  if (found.length === 0)
    throw new SlipwayError('CLI_ATTESTATION_MISSING', 'nothing of that kind is attested of it.', {
      place: { image: `${repository.name}@${digest}` },
      exitCode: 1,
    });
  const rows = found.map((attestation) => ({
    predicateType: attestation.predicateType,
    digest: attestation.manifest,
    keyIds: attestation.keyIds,
    result: resultOf(attestation),
    refused: attestation.refused,
  }));
  print(flags.format, { image: `${repository.name}@${digest}`, attestations: rows }, () =>
    table(
      ['PREDICATE', 'RESULT', 'SIGNED BY', 'ATTESTATION'],
      rows.map((row) => [
        row.predicateType,
        row.result ?? '-',
        row.refused === null ? row.keyIds.map((id) => id.slice(0, 16)).join(',') : `refused: ${row.refused}`,
        row.digest,
      ]),
    ),
  );
  const trusted = rows.filter(({ refused }) => refused === null);
  if (trusted.length === 0 || trusted.some(({ result }) => result === 'FAILED')) process.exitCode = 1;
}

export function verifyAttestationVerb(): Command {
  return new Command('verify-attestation')
    .description(
      'Verifies what is attested of a release or image. Exits 1 when no trusted key signed anything of it, or when a trusted statement says FAILED.',
    )
    .argument('<ref>', 'release image or image')
    .requiredOption('--key <file>', 'trusted public key (PEM); may be repeated', collect)
    .addOption(
      // The predicates by name; named here so that the help need not load them.
      new Option('--type <type>', 'look at one sort alone').choices(['test-result', 'vsa', 'cyclonedx', 'spdx']),
    )
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit verify-attestation registry.example/okd/release:4.21.0-okd-scos.0 --key keys/attestation.pub --type vsa',
    )
    .action(verify);
}
