import { SlipwayError } from '../../util/index.ts';
import type { Connection } from '../database/index.ts';

export interface SignatureRecord {
  /** Digest of the signed payload. */
  readonly digest: string;
  /** `N` of `signature-N`, from 1. */
  readonly n: number;
  readonly keyFingerprint: string;
  readonly reference: string;
  readonly bytes: Uint8Array;
}

/**
 * Stores a signature. Storing the same bytes again does nothing; other bytes under a number that is taken are refused
 * with `DB_SIGNATURE_EXISTS`, as clients may have fetched the first.
 */
export async function putSignature(db: Connection, signature: SignatureRecord): Promise<void> {
  const bytes = Buffer.from(signature.bytes);
  const stored = await db
    .insertInto('signatures')
    .values({
      digest: signature.digest,
      n: signature.n,
      key_fingerprint: signature.keyFingerprint,
      reference: signature.reference,
      bytes,
    })
    .onConflict((conflict) => conflict.columns(['digest', 'n']).doNothing())
    .executeTakeFirst();
  if (stored.numInsertedOrUpdatedRows === 1n) return;
  const row = await db
    .selectFrom('signatures')
    .select('bytes')
    .where('digest', '=', signature.digest)
    .where('n', '=', signature.n)
    .executeTakeFirstOrThrow();
  if (row.bytes.equals(bytes)) return;
  throw new SlipwayError('DB_SIGNATURE_EXISTS', `${signature.digest} has another signature-${signature.n} already.`);
}

/** All signatures of a payload, by number. */
export async function listSignatures(db: Connection, digest: string): Promise<SignatureRecord[]> {
  const rows = await db.selectFrom('signatures').selectAll().where('digest', '=', digest).orderBy('n').execute();
  return rows.map((row) => ({
    digest: row.digest,
    n: row.n,
    keyFingerprint: row.key_fingerprint,
    reference: row.reference,
    bytes: new Uint8Array(row.bytes),
  }));
}

/** Digest of each signed payload ► fingerprints of the keys that signed it, by number of the signature. */
export async function listSigners(db: Connection): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('signatures')
    .select(['digest', 'key_fingerprint'])
    .orderBy('digest')
    .orderBy('n')
    .execute();
  const signers = new Map<string, string[]>();
  for (const { digest, key_fingerprint: fingerprint } of rows)
    signers.set(digest, [...(signers.get(digest) ?? []), fingerprint]);
  return signers;
}
