import { Command } from 'commander';
import { SlipwayError } from '../../../util/errors.ts';
import { readInput } from '../../input.ts';
import { type Format, formatOption, print, table } from '../../output.ts';
import { auditReport, type JudgingFlags, withJudging } from '../inputs/judging.ts';

interface AttestFlags extends JudgingFlags {
  readonly key: string;
  readonly image?: boolean;
  readonly name?: string;
  readonly format: Format;
}

/**
 * Components of a release in a registry, where attestations can be attached, and how documents name the release: what is
 * said of a manifest list is said of all its platforms. Throws `CLI_USAGE` where only some are asked for.
 */
async function releaseImages(reference: string, flags: JudgingFlags) {
  if (flags.filterByOs !== undefined)
    throw new SlipwayError('CLI_USAGE', 'what is attested of a release is said of all its platforms.', {
      place: { field: '--filter-by-os' },
      hint: 'Leave it out, or attest one image (--image).',
    });
  const { namedImage, registryClient } = await import('../../registry.ts');
  const { componentsOf, platformReleases } = await import('../inputs/releases.ts');
  const { repository, selector } = namedImage(registryClient(flags), reference);
  const release = await platformReleases(repository, selector, 'every');
  const images = componentsOf(release).map(({ name, spec }) => ({ name, reference: spec }));
  // A release image that can not be read hides which images it names: reading it as one of them ends the audit with why.
  const hidden = release.unread.map(({ name, pullSpec }) => ({ name, reference: pullSpec ?? reference }));
  return { images: [...hidden, ...images], payload: release.payload };
}

/** What is to be attested: a release with its images, or one image. */
async function subjectsOf(reference: string, flags: AttestFlags) {
  if (flags.image !== true) return await releaseImages(reference, flags);
  return { images: [{ name: flags.name, reference }], payload: undefined };
}

async function attest(reference: string, flags: AttestFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../../registry.ts');
  const { attachAttestations, attestationsOf, signAttestation } = await import('../../../audit/index.ts');
  const { loadAttestationKey } = await import('../../../sign/index.ts');
  const { parseDigest } = await import('../../../oci/index.ts');
  const key = loadAttestationKey((await readInput(flags.key)).toString('utf8'), 'private', { file: flags.key });
  const { images, payload } = await subjectsOf(reference, flags);
  const report = await auditReport(flags, images);
  const client = registryClient(flags);
  const places = new Map([
    ...(payload === undefined ? [] : [[payload.digest, payload.pullSpec] as const]),
    ...report.images.map(({ digest, pullSpec }) => [digest, pullSpec ?? reference] as const),
  ]);
  const bySubject = Map.groupBy(
    attestationsOf(report, payload === undefined ? {} : { payload }),
    ({ subject }) => subject,
  );
  const rows: { subject: string; predicateType: string; digest: string }[] = [];
  for (const [subject, statements] of bySubject) {
    const { repository } = namedImage(client, places.get(subject) ?? reference);
    const { mediaType, bytes } = await repository.manifest(subject);
    const signed = statements.map((statement) => signAttestation(statement, key));
    const descriptor = { mediaType, digest: parseDigest(subject), size: bytes.length };
    const digests = await attachAttestations(repository, descriptor, signed);
    rows.push(...signed.map(({ predicateType }, index) => ({ subject, predicateType, digest: digests[index] ?? '' })));
  }
  print(flags.format, { verdict: report.verdict, attestations: rows }, () =>
    table(
      ['SUBJECT', 'PREDICATE', 'ATTESTATION'],
      rows.map((row) => [row.subject, row.predicateType, row.digest]),
    ),
  );
  if (report.verdict === 'fail') process.exitCode = 1;
}

export function attestVerb(): Command {
  return withJudging(new Command('attest'))
    .description(
      'Audits a release, and attaches what was found to it and to its images: signed in-toto statements with the result, a verification summary and SBOMs. Exits 1 when the policy refuses something; that is attested as well.',
    )
    .argument('<ref>', 'release image')
    .requiredOption('--key <file>', 'private key for attestations (PKCS #8, PEM)')
    .option('--image', '<ref> is one image, not a release')
    .option('--name <component>', 'with --image: name of the component, as the policy calls it')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway audit attest registry.example/okd/release:4.21.0-okd-scos.0 --policy policy.yaml --keyring keys/rpm.asc --key keys/attestation.key',
    )
    .action(attest);
}
