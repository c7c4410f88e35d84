import { Command } from 'commander';
import type { Payload } from '../../payload/index.ts';
import type { ImagePolicy, SignatureEvidence, Verdict, VerificationConfig } from '../../sign/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { readInput } from '../input.ts';
import { type Format, formatOption, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { readAttachment } from './attachment.ts';
import { openRelease, registryOptions, several } from './options.ts';
import { namedTrust, trustOf } from './trust.ts';

interface VerifyFlags extends RegistryFlags {
  readonly by?: string;
  readonly key?: string;
  readonly store?: readonly string[];
  readonly lookaside?: readonly string[];
  readonly cosignKey?: readonly string[];
  readonly imagePolicy?: readonly string[];
  readonly format: Format;
}

type Trust = Pick<SignatureEvidence, 'config' | 'configProblem' | 'keyring'> & { readonly stores: readonly string[] };

/** How the release is to be verified: by a key, by a release that runs, or as it asks for itself. */
async function trust(
  client: Parameters<typeof namedTrust>[0],
  payload: Payload,
  { key, by }: VerifyFlags,
): Promise<Trust> {
  if (key !== undefined) {
    const keyring = (await readInput(key)).toString('utf8');
    return { config: { entries: [{ name: key, keyring }] }, keyring, stores: [] };
  }
  let config: VerificationConfig | undefined;
  try {
    config = by === undefined ? await trustOf(payload) : await namedTrust(client, by);
  } catch (error) {
    if (!(error instanceof SlipwayError) || !error.code.startsWith('SIGN_CONFIG')) throw error;
    return { configProblem: error.describe(), stores: [] };
  }
  if (config === undefined)
    return { configProblem: 'the release that verifies has no update keys: it refuses everything', stores: [] };
  const { joinKeyrings } = await import('../../sign/index.ts');
  return { config, keyring: joinKeyrings(config.entries.map(({ keyring }) => keyring)), stores: config.stores };
}

/** Policies of the release itself, and of files, that cover this image. */
async function policies(
  payload: Payload,
  reference: string,
  files: readonly string[],
): Promise<readonly ImagePolicy[]> {
  const { imagePolicies, scopeCovers } = await import('../../sign/index.ts');
  const manifests = [
    ...payload.files
      .map(({ name, bytes }) => ({ name, text: Buffer.from(bytes).toString('utf8') }))
      .filter(({ name, text }) => /\.(ya?ml|json)$/.test(name) && text.includes('ImagePolicy')),
    ...(await Promise.all(files.map(async (name) => ({ name, text: (await readInput(name)).toString('utf8') })))),
  ];
  return manifests
    .flatMap(({ name, text }) => imagePolicies(text, name))
    .filter(({ scopes }) => scopes.some((scope) => scopeCovers(scope, reference)));
}

function describe({ consumer, asked, accepted, reasons }: Verdict, names: Readonly<Record<string, string>>): string {
  const verdict = !asked ? 'not asked' : accepted ? 'accepts it' : 'refuses it';
  return `  ${(names[consumer] ?? consumer).padEnd(38)} ${verdict}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`;
}

async function verify(text: string, flags: VerifyFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { CONSUMERS, judgeConsumers, loadCosignPublicKey, readLookaside, readStores } = await import(
    '../../sign/index.ts'
  );
  const { formatReference } = await import('../../oci/index.ts');
  const client = registryClient(flags);
  const { reference, repository, selector } = namedImage(client, text);
  const payload = await openRelease(client, text);
  const { digest } = await repository.manifest(selector);
  const pulled = formatReference(
    reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: selector } : reference,
  );
  const { stores, ...judgedBy } = await trust(client, payload, flags);
  const stored = await readStores([...stores, ...(flags.store ?? [])], digest);
  const lookaside = flags.lookaside === undefined ? stored : await readLookaside(flags.lookaside, pulled, digest);
  const covering = await policies(payload, pulled, flags.imagePolicy ?? []);
  const keys = await Promise.all(
    (flags.cosignKey ?? []).map(async (file) => loadCosignPublicKey(await readInput(file), { file })),
  );
  const verdicts = await judgeConsumers({
    digest,
    reference: pulled,
    at: new Date(),
    stored: stored.signatures,
    lookaside: lookaside.signatures,
    sigstore: await readAttachment(repository, digest),
    sigstoreKeys: [...covering.map(({ key }) => key), ...keys],
    ...judgedBy,
  });
  for (const problem of new Set([...stored.problems, ...lookaside.problems]))
    process.stderr.write(`warning: ${problem}\n`);
  print(flags.format, { digest, reference: pulled, signatures: stored.signatures.length, verdicts }, () =>
    [`${pulled} is ${digest}`, ...verdicts.map((verdict) => describe(verdict, CONSUMERS))].join('\n'),
  );
  if (verdicts.some(({ asked, accepted }) => asked && !accepted)) process.exitCode = 1;
}

export function verifyVerb(): Command {
  return registryOptions(new Command('verify'))
    .description(
      'Says which consumer accepts the signatures of a release and why another does not. Exits 1 when one that was asked refuses.',
    )
    .argument('<ref>', 'release image, by the tag or digest that clients pull')
    .option('--by <ref>', 'verify as a cluster that runs this release does (or its update keys, YAML); default: itself')
    .option('--key <file>', 'verify by these OpenPGP keys instead')
    .option('--store <store>', 'look for signatures here as well: http, https or file address, or a folder', several)
    .option(
      '--lookaside <store>',
      'lookaside store of podman and skopeo; default: the signatures of the other stores',
      several,
    )
    .option('--cosign-key <file>', 'public key of sigstore signatures; may be repeated', several)
    .option('--image-policy <file>', 'ClusterImagePolicy, besides those in the release', several)
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway payload verify quay.io/okd/scos-release:4.21.0-okd-scos.1 --by quay.io/okd/scos-release:4.21.0-okd-scos.0',
    )
    .action(verify);
}
