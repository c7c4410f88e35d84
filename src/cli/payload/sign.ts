import type { KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Repository } from '../../oci/index.ts';
import type { SigningKey } from '../../sign/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { ifThere, writeFileAtomic } from '../../util/files.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { openRelease, registryOptions } from './inputs/options.ts';
import { openPgpKey, sigstoreKey } from './inputs/sign-keys.ts';
import { namedTrust, trustOf } from './inputs/trust.ts';
import { LAYOUTS } from './layouts.ts';
import { readAttachment, writeAttachment } from './outputs/attachment.ts';

interface SignFlags extends RegistryFlags {
  readonly key?: string;
  readonly to?: string;
  readonly cosignKey?: string;
  readonly cosignPassphraseFile?: string;
  readonly previous?: string;
  readonly creator: string;
  readonly format: Format;
}

/** What is signed: the digest that a public tag has. */
interface Target {
  readonly digest: string;
  /** `host/repository:tag` */
  readonly reference: string;
  readonly repository: Repository;
}

/** `signature-1` and on of a digest, until one is missing. */
async function storedSignatures(folder: string): Promise<readonly Uint8Array[]> {
  const names = (await ifThere(readdir(folder), folder)) ?? [];
  const signatures: Uint8Array[] = [];
  while (names.includes(`signature-${signatures.length + 1}`))
    signatures.push(await readFile(join(folder, `signature-${signatures.length + 1}`)));
  return signatures;
}

/** Writes an OpenPGP signature in every layout, beside those that are there. Returns the files. */
async function signOpenPgp(target: Target, key: SigningKey, to: string, creator: string): Promise<readonly string[]> {
  const { placeSignature, signatureFiles, signRelease, storePath } = await import('../../sign/index.ts');
  const { digest, reference } = target;
  const at = new Date();
  const bytes = await signRelease({ digest, reference, creator, timestamp: Math.floor(at.getTime() / 1000) }, key);
  const existing = await storedSignatures(join(to, LAYOUTS.cvo, storePath(digest)));
  const { alreadyThere } = placeSignature(existing, bytes, { digest, publicKey: key.publicKey, at });
  const signatures = alreadyThere ? existing : [...existing, bytes];
  const files = signatureFiles({ digest, repository: reference, signatures }).map((file) => ({
    path: resolve(to, LAYOUTS[file.layout], file.path),
    bytes: file.bytes,
  }));
  for (const file of files) await writeFileAtomic(file.path, file.bytes);
  return files.map(({ path }) => path);
}

/** Pushes a sigstore signature beside the image, unless one by the key for this name is there. Returns its tag. */
async function signSigstore({ digest, reference, repository }: Target, key: KeyObject): Promise<string> {
  const { inspectCosign, loadCosignPublicKey, publicHalf, signCosign } = await import('../../sign/index.ts');
  const existing = await readAttachment(repository, digest);
  const own = [loadCosignPublicKey(publicHalf(key))];
  const there = existing.some((one) => inspectCosign(one, own, { digest, reference }).accepted);
  return await writeAttachment(
    repository,
    digest,
    there ? existing : [...existing, signCosign({ digest, reference }, key)],
  );
}

async function sign(text: string, flags: SignFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { checkRotation } = await import('../../sign/index.ts');
  const { formatReference } = await import('../../oci/index.ts');
  if (flags.key === undefined && flags.cosignKey === undefined)
    throw new SlipwayError('CLI_USAGE', 'name a key: --key (OpenPGP), --cosign-key (sigstore), or both.');
  if ((flags.key === undefined) !== (flags.to === undefined))
    throw new SlipwayError('CLI_USAGE', '--key and --to go together: OpenPGP signatures are files.');
  const client = registryClient(flags);
  const { reference, repository } = namedImage(client, text);
  const { registry, repository: path, tag } = reference;
  if (tag === undefined)
    throw new SlipwayError(
      'CLI_USAGE',
      'name the release by its public tag: a signature over a tag holds for pulls by tag and by digest.',
      { place: { image: text } },
    );
  const payload = await openRelease(client, text);
  // What was read and is judged below, whatever the tag names by now.
  const digest = payload.listDigest ?? payload.digest;
  const target = { digest, reference: formatReference({ registry, repository: path, tag }), repository };

  const openPgp = flags.key === undefined ? undefined : await openPgpKey(flags.key);
  const sigstore =
    flags.cosignKey === undefined ? undefined : await sigstoreKey(flags.cosignKey, flags.cosignPassphraseFile);
  const warnings = [...(openPgp?.warnings ?? []), ...(sigstore?.warnings ?? [])];
  const key = openPgp?.key;
  if (key !== undefined) {
    const running =
      flags.previous === undefined ? undefined : await namedTrust((text) => openRelease(client, text), flags.previous);
    const signed = await trustOf(payload);
    const findings = checkRotation({
      key,
      at: new Date(),
      ...(running === undefined ? {} : { running }),
      ...(signed === undefined ? {} : { signed }),
    });
    if (signed === undefined) warnings.push('The release has no update keys: no release after it can be verified.');
    warnings.push(...findings.filter(({ severity }) => severity === 'warning').map(({ message }) => message));
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0)
      throw new SlipwayError('SIGN_KEY_REFUSED', errors.map(({ message }) => message).join(' '), {
        place: { file: flags.key ?? '' },
        hint: 'Nothing was signed.',
        exitCode: 1,
      });
  }
  for (const warning of warnings) note(`warning: ${warning}`);
  const files = key === undefined ? [] : await signOpenPgp(target, key, flags.to ?? '', flags.creator);
  const attachment = sigstore === undefined ? undefined : await signSigstore(target, sigstore.key);
  print(
    flags.format,
    {
      digest,
      reference: target.reference,
      fingerprint: key?.fingerprint ?? null,
      files,
      attachment: attachment ?? null,
      warnings,
    },
    () =>
      [
        `${target.reference} is ${digest}${key === undefined ? '' : `, signed by ${key.fingerprint}`}`,
        ...files.map((file) => `  ${file}`),
        ...(attachment === undefined ? [] : [`  ${registry}/${path}:${attachment}`]),
      ].join('\n'),
  );
}

/** `slipway sign` and `slipway payload sign` are one command. */
export function signOptions(command: Command): Command {
  return registryOptions(command)
    .description(
      'Signs a release image: OpenPGP in the layouts that clusters and container tools read, sigstore beside the image.',
    )
    .argument('<ref>', 'release image by tag, under its public name')
    .option('--key <file>', 'armored OpenPGP secret key (RSA 4096)')
    .option('--to <dir>', 'folder to write OpenPGP signatures to, beside those that are there')
    .option(
      '--cosign-key <file>',
      'key of sigstore (ECDSA, RSA, Ed25519), cosign.key or PEM: push a sigstore signature beside the image',
    )
    .option('--cosign-passphrase-file <file>', 'passphrase of that key (or COSIGN_PASSWORD)')
    .option('--previous <ref>', 'release that clusters run now, or its update keys (YAML): they have to trust the key')
    .option('--creator <name>', 'who signs, as written into the signature', 'slipway')
    .addOption(formatOption())
    .action(sign);
}

export function signVerb(): Command {
  return signOptions(new Command('sign')).addHelpText(
    'after',
    '\nExample:\n  slipway payload sign localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --key release.secret.asc --to ./public',
  );
}
