import { Command } from 'commander';
import type { NewSignature, SigningKey } from '../../sign/index.ts';
import { SlipwayError } from '../../util/errors.ts';
import { type Format, formatOption, note, print } from '../output.ts';
import type { RegistryFlags } from '../registry.ts';
import { payloadOpener } from './inputs/open.ts';
import { registryOptions } from './inputs/options.ts';
import { openPgpKey, sigstoreKey } from './inputs/sign-keys.ts';
import { type NamedTrust, namedTrust, trustOf } from './inputs/trust.ts';
import { signBeside } from './outputs/attachment.ts';
import { storeSignature } from './outputs/signature-folder.ts';

interface SignFlags extends RegistryFlags {
  readonly key?: string;
  readonly to?: string;
  readonly cosignKey?: string;
  readonly cosignPassphraseFile?: string;
  readonly previous?: string;
  readonly creator: string;
  readonly format: Format;
}

/** A fresh signature, and what is to be said about its key. */
interface Signed {
  readonly bytes: Uint8Array;
  readonly warnings: readonly string[];
}

/** Nothing is written yet when this is thrown. */
function refusedKey(reasons: readonly string[], file: string): SlipwayError {
  return new SlipwayError('SIGN_KEY_REFUSED', reasons.join(' '), {
    place: { file },
    hint: 'Nothing was signed.',
    exitCode: 1,
  });
}

/**
 * Signs a release when clusters can verify what comes out: by the rules of rotation, and by the keys of the release that
 * they run, tried on the signature itself. Throws `SIGN_KEY_REFUSED`.
 */
async function signed(
  content: NewSignature,
  key: SigningKey,
  { own, running, file }: { own: NamedTrust; running: NamedTrust | undefined; file: string },
): Promise<Signed> {
  const { checkRotation, signRelease, verifyWithConfig } = await import('../../sign/index.ts');
  const at = new Date(content.timestamp * 1000);
  if (running?.problem !== undefined)
    throw refusedKey([`Clusters that run the previous release can verify nothing: ${running.problem.message}`], file);
  const before = running?.config;
  const findings = checkRotation({
    key,
    at,
    ...(before === undefined ? {} : { running: before }),
    ...(own.config === undefined ? {} : { signed: own.config }),
  });
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw refusedKey(
      errors.map(({ message }) => message),
      file,
    );
  const bytes = await signRelease(content, key);
  if (before !== undefined)
    try {
      await verifyWithConfig([bytes], before, { digest: content.digest, at });
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'SIGN_UNSATISFIED') throw error;
      throw refusedKey([`Clusters that run the previous release refuse the signature: ${error.message}`], file);
    }
  return {
    bytes,
    warnings: [
      ...own.warnings,
      ...(running?.warnings ?? []),
      ...(own.problem === undefined ? [] : [`No release after this one can be verified: ${own.problem.describe()}`]),
      ...(own.config === undefined && own.problem === undefined
        ? ['The release has no update keys: no release after it can be verified.']
        : []),
      ...(running !== undefined && before === undefined
        ? ['The previous release has no update keys: clusters that run it take this one only by force.']
        : []),
      ...findings.map(({ message }) => message),
    ],
  };
}

async function sign(text: string, flags: SignFlags): Promise<void> {
  const { namedImage, registryClient } = await import('../registry.ts');
  const { formatReference } = await import('../../oci/index.ts');
  if (flags.key === undefined && flags.cosignKey === undefined)
    throw new SlipwayError('CLI_USAGE', 'name a key: --key (OpenPGP), --cosign-key (sigstore), or both.');
  if ((flags.key === undefined) !== (flags.to === undefined))
    throw new SlipwayError('CLI_USAGE', '--key and --to go together: OpenPGP signatures are files.');
  if (flags.creator.trim() === '')
    throw new SlipwayError('CLI_USAGE', '--creator is empty: a signature says who made it.');
  const client = registryClient(flags);
  const { reference, repository } = namedImage(client, text);
  const { registry, repository: path, tag } = reference;
  if (tag === undefined)
    throw new SlipwayError(
      'CLI_USAGE',
      'name the release by its public tag: a signature over a tag holds for pulls by tag and by digest.',
      { place: { image: text } },
    );
  const open = await payloadOpener(flags);
  const opened = await open(text);
  const { payload } = opened;
  // What was read and is judged below, whatever the tag names by now.
  const digest = payload.listDigest ?? payload.digest;
  const name = formatReference({ registry, repository: path, tag });

  const openPgp = flags.key === undefined ? undefined : await openPgpKey(flags.key);
  const sigstore =
    flags.cosignKey === undefined ? undefined : await sigstoreKey(flags.cosignKey, flags.cosignPassphraseFile);
  const key = openPgp?.key;
  const at = new Date();
  const running = flags.previous === undefined ? undefined : await namedTrust(open, flags.previous, {});
  const content = { digest, reference: name, creator: flags.creator, timestamp: Math.floor(at.getTime() / 1000) };
  const signature =
    key === undefined
      ? undefined
      : await signed(content, key, { own: await trustOf(opened, {}), running, file: flags.key ?? '' });
  const warnings = [...(openPgp?.warnings ?? []), ...(sigstore?.warnings ?? []), ...(signature?.warnings ?? [])];
  for (const warning of warnings) note(`warning: ${warning}`);
  const files =
    key === undefined || signature === undefined
      ? []
      : await storeSignature(flags.to ?? '', { digest, repository: name }, signature.bytes, {
          publicKey: key.publicKey,
          at,
        });
  const attachment =
    sigstore === undefined ? undefined : await signBeside({ digest, reference: name, repository }, sigstore.key);
  print(
    flags.format,
    {
      digest,
      reference: name,
      fingerprint: key?.fingerprint ?? null,
      files,
      attachment: attachment ?? null,
      warnings,
    },
    () =>
      [
        `${name} is ${digest}${key === undefined ? '' : `, signed by ${key.fingerprint}`}`,
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
    .option('--key <file>', 'armored OpenPGP secret key without passphrase; RSA 4096 is what releases are signed with')
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
