import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createMessage, generateKey as generate, type KeyOptions, type PrivateKey, sign } from 'openpgp';

/** Folder of the payload vectors in `../shared` beside the clone, or undefined where it is not there. For tests only. */
export function payloadVectors(): string | undefined {
  const folder = fileURLToPath(new URL('../../../shared/vectors/payload/', import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

export const NO_VECTORS = '../shared is not here';

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;
export const REFERENCE = 'quay.io/okd/scos-release:4.21.0-okd-scos.0';
/** When test keys are made, an hour before test signatures are. */
export const KEY_TIME = new Date('2026-11-23T04:00:00Z');
export const SIGN_TIME = new Date('2026-11-23T05:00:00Z');
export const TIMESTAMP = SIGN_TIME.getTime() / 1000;

/** An OpenPGP key as some other tool would make it. */
export async function foreignKey(options: Partial<KeyOptions> = {}): Promise<PrivateKey> {
  const { privateKey } = await generate({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name: 'Test', email: 'test@example.com' }],
    date: KEY_TIME,
    subkeys: [],
    ...options,
    format: 'object',
  });
  return privateKey;
}

/** An inline signature over any content, as some other tool would make it. */
export async function foreignSignature(
  content: string,
  key: PrivateKey,
  options: { date?: Date; literalDate?: Date; filename?: string } = {},
): Promise<Uint8Array> {
  const date = options.date ?? SIGN_TIME;
  return sign({
    message: await createMessage({
      binary: new TextEncoder().encode(content),
      filename: options.filename ?? '',
      date: options.literalDate ?? date,
    }),
    signingKeys: key,
    date,
    format: 'binary',
  });
}

/** The content of a valid signature, with parts replaced. */
export function signedContent(
  change: { critical?: object; optional?: object | null; top?: object; digest?: string; reference?: string } = {},
): string {
  return JSON.stringify({
    critical: {
      type: 'atomic container signature',
      image: { 'docker-manifest-digest': change.digest ?? DIGEST },
      identity: { 'docker-reference': change.reference ?? REFERENCE },
      ...change.critical,
    },
    ...(change.optional === null ? {} : { optional: { creator: 'test', timestamp: TIMESTAMP, ...change.optional } }),
    ...change.top,
  });
}
