import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { type Format, formatOption, print } from '../../output.ts';

interface KeyFlags {
  readonly output: string;
  readonly kind: 'p256' | 'ed25519';
  readonly format: Format;
}

export function attestationKeyVerb(): Command {
  return new Command('attestation-key')
    .description('Makes a key for attestations: FILE.key, which is to be kept secret, and FILE.pub.')
    .requiredOption('--output <file>', 'name of both files, without extension')
    .addOption(
      new Option('--kind <kind>', 'ECDSA P-256, as cosign makes it, or Ed25519')
        .choices(['p256', 'ed25519'])
        .default('p256'),
    )
    .addOption(formatOption())
    .addHelpText('after', '\nExample:\n  slipway audit attestation-key --output keys/attestation')
    .action(async ({ output, kind, format }: KeyFlags) => {
      const { generateAttestationKey } = await import('../../../sign/index.ts');
      const { SlipwayError, writeFileAtomic } = await import('../../../util/index.ts');
      const files = { privateKey: `${output}.key`, publicKey: `${output}.pub` };
      if (existsSync(files.privateKey))
        throw new SlipwayError('CLI_FILE_EXISTS', 'a key is there already; it is not replaced.', {
          place: { file: files.privateKey },
        });
      const key = generateAttestationKey(kind);
      await writeFileAtomic(files.privateKey, key.privateKey, 0o600);
      await writeFileAtomic(files.publicKey, key.publicKey);
      print(
        format,
        { keyId: key.keyId, ...files },
        () => `${files.privateKey} and ${files.publicKey}, key ${key.keyId}`,
      );
    });
}
