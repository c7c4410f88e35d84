import { Command } from 'commander';
import { readInput } from './input.ts';
import { type Format, formatOption, print } from './output.ts';
import { signOptions } from './payload/sign.ts';

export function signCommand(): Command {
  return signOptions(new Command('sign')).addHelpText(
    'after',
    '\nExample:\n  slipway sign localhost:8080/okd/scos-release:4.21.0-okd-scos.0 --key release.secret.asc --to ./public',
  );
}

interface VerifyFlags {
  readonly key: string;
  readonly digest: string;
  readonly reference?: string;
  readonly format: Format;
}

async function verify(file: string, flags: VerifyFlags): Promise<void> {
  const { inspectSignature, loadKeyring } = await import('../sign/index.ts');
  const keyring = loadKeyring(await readInput(flags.key), { file: flags.key });
  const verified = inspectSignature(await readInput(file), keyring, {
    digest: flags.digest,
    ...(flags.reference === undefined ? {} : { reference: flags.reference }),
  });
  const { cvo, containers, ocMirror } = verified.accepts;
  const verdict = (who: string, { accepted, reasons }: typeof cvo): string =>
    `  ${who.padEnd(36)} ${accepted ? 'accepts it' : `refuses it: ${reasons.join('; ')}`}`;
  print(flags.format, verified, () =>
    [
      `${verified.reference} is ${verified.digest}`,
      `signed by ${verified.fingerprint} (${verified.userId}) at ${new Date(verified.signedAt * 1000).toISOString()}`,
      verdict('Cluster Version Operator, oc:', cvo),
      verdict('podman, skopeo, CRI-O (signedBy):', containers),
      verdict('oc-mirror, as signature-1:', ocMirror),
      ...verified.warnings.map((warning) => `warning: ${warning}`),
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
