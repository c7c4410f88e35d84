import { resolve } from 'node:path';
import { Command } from 'commander';
import { SlipwayError } from '../util/errors.ts';
import { readInput } from './input.ts';
import { type Format, formatOption, print } from './output.ts';
import type { RegistryFlags } from './registry.ts';

interface SignFlags extends RegistryFlags {
  readonly key: string;
  readonly to: string;
  readonly creator: string;
  readonly format: Format;
}

async function sign(text: string, flags: SignFlags): Promise<void> {
  const { namedImage, registryClient } = await import('./registry.ts');
  const { loadKey, signatureFiles, signRelease } = await import('../sign/index.ts');
  const { formatReference } = await import('../oci/index.ts');
  const { reference, repository, selector } = namedImage(registryClient(flags), text);
  if (reference.tag === undefined) {
    throw new SlipwayError(
      'CLI_USAGE',
      'name the release by its public tag: a signature over a tag holds for pulls by tag and by digest.',
      { place: { image: text } },
    );
  }
  const { digest } = await repository.manifest(selector);
  const key = await loadKey((await readInput(flags.key)).toString('utf8'));
  const name = formatReference({ registry: reference.registry, repository: reference.repository, tag: reference.tag });
  const bytes = await signRelease(
    { digest, reference: name, creator: flags.creator, timestamp: Math.floor(Date.now() / 1000) },
    key,
  );
  const folders = { cvo: 'signatures', lookaside: 'lookaside', configmap: 'configmaps' } as const;
  const files = signatureFiles({ digest, repository: name, signatures: [bytes] }).map((file) => ({
    path: resolve(flags.to, folders[file.layout], file.path),
    bytes: file.bytes,
  }));
  const { writeFileAtomic } = await import('../util/files.ts');
  for (const file of files) await writeFileAtomic(file.path, file.bytes);
  print(
    flags.format,
    { digest, reference: name, fingerprint: key.fingerprint, files: files.map((file) => file.path) },
    () => [`${name} is ${digest}, signed by ${key.fingerprint}`, ...files.map((file) => `  ${file.path}`)].join('\n'),
  );
}

export function signCommand(): Command {
  return new Command('sign')
    .description(
      'Signs a release image and writes the signature in the layouts that clusters and container tools read.',
    )
    .argument('<ref>', 'release image by tag, under its public name')
    .requiredOption('--key <file>', 'armored OpenPGP secret key (RSA)')
    .requiredOption('--to <dir>', 'folder to write to')
    .option('--creator <name>', 'who signs, as written into the signature', 'slipway')
    .option('--insecure', 'allow plain HTTP')
    .option('-a, --registry-config <file>', 'credentials file')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExample:\n  slipway sign localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --key release.secret.asc --to ./public',
    )
    .action(sign);
}

interface VerifyFlags {
  readonly key: string;
  readonly digest: string;
  readonly reference?: string;
  readonly format: Format;
}

async function verify(file: string, flags: VerifyFlags): Promise<void> {
  const { inspectSignature } = await import('../sign/index.ts');
  const verified = inspectSignature(await readInput(file), await readInput(flags.key), {
    digest: flags.digest,
    ...(flags.reference === undefined ? {} : { reference: flags.reference }),
  });
  const { cvo, containers } = verified.accepts;
  const verdict = (who: string, { accepted, reasons }: typeof cvo): string =>
    `  ${who.padEnd(36)} ${accepted ? 'accepts it' : `refuses it: ${reasons.join('; ')}`}`;
  print(flags.format, verified, () =>
    [
      `${verified.reference} is ${verified.digest}`,
      `signed by ${verified.fingerprint} (${verified.userId}) at ${new Date(verified.signedAt * 1000).toISOString()}`,
      verdict('Cluster Version Operator, oc:', cvo),
      verdict('podman, skopeo, CRI-O (signedBy):', containers),
    ].join('\n'),
  );
  if (!cvo.accepted || !containers.accepted) process.exitCode = 1;
}

export function verifySignatureCommand(): Command {
  return new Command('verify-signature')
    .description('Verifies a release signature by the rules of every kind of client. Exits 1 when one would refuse it.')
    .argument('<file>', 'signature file, e.g. signature-1')
    .requiredOption('--key <file>', 'public keys, armored or binary')
    .requiredOption('--digest <digest>', 'digest of the release image')
    .option('--reference <ref>', 'pull spec that clients use')
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway verify-signature signature-1 --key release.pub --digest sha256:…')
    .action(verify);
}
