import type { KeyObject } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { type SigningKey, signDetached, signEnvelope, verifyDetached, verifyEnvelope } from '../../sign/index.ts';
import { parserOf, prettyJson, readJson, SlipwayError, sha256Hex } from '../../util/index.ts';

/** Type of the index in its DSSE envelope. */
const PAYLOAD_TYPE = 'application/vnd.slipway.okd.graph-index.v1+json';

/** Of `index.json`. */
export const INDEX_SCHEMA = 'slipway.okd.io/graph-index/v1';

const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
const IndexSchema = Type.Object({
  schema: Type.Literal(INDEX_SCHEMA),
  serial: Type.Integer({ minimum: 1 }),
  created: Type.String(),
  expires: Type.String(),
  graphData: Type.Object({ commit: Type.Union([Type.String(), Type.Null()]), sha256: Sha256 }),
  releases: Type.Object({ count: Type.Integer(), sha256: Sha256 }),
  architectures: Type.Record(
    Type.String(),
    Type.Record(
      Type.String(),
      Type.Object({
        file: Type.String(),
        newest: Type.Union([Type.String(), Type.Null()]),
        nodes: Type.Integer(),
        edges: Type.Integer(),
        conditionalEdges: Type.Integer(),
      }),
    ),
  ),
  files: Type.Record(Type.String(), Type.Object({ sha256: Sha256, size: Type.Integer({ minimum: 0 }) })),
});

/** The index of a publication: what there is, and the digest of everything. */
export type GraphIndex = Static<typeof IndexSchema>;

const parse = parserOf(IndexSchema, 'GRAPH_INDEX_INVALID');

/** Parses `index.json`. Throws `GRAPH_INDEX_INVALID`. */
export function parseGraphIndex(bytes: Uint8Array, file = 'index.json'): GraphIndex {
  let value: unknown;
  try {
    value = readJson(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new SlipwayError('GRAPH_INDEX_INVALID', 'the index is not JSON.', { place: { file }, cause });
  }
  return parse(value, { file });
}

export interface IndexKeys {
  /** Keys for the DSSE envelope `index.dsse.json`. */
  readonly attestation: readonly KeyObject[];
  /** Key for the detached OpenPGP signature `index.json.asc`. */
  readonly openpgp?: SigningKey | undefined;
}

/** The signatures of an index, by path. */
export async function signIndex(index: Uint8Array, keys: IndexKeys, at: Date): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  if (keys.attestation.length > 0)
    files.set('index.dsse.json', prettyJson(signEnvelope(PAYLOAD_TYPE, index, keys.attestation)));
  if (keys.openpgp !== undefined) files.set('index.json.asc', await signDetached(index, keys.openpgp, at));
  return files;
}

export interface TrustOptions {
  readonly attestation: readonly KeyObject[];
  /** Public keys, armored or binary. */
  readonly keyring?: string | Uint8Array | undefined;
  readonly at: Date;
  /** The newest serial that was seen before. */
  readonly lastSerial?: number | undefined;
}

/**
 * Verifies a publication: signatures, that it is neither older than one seen before (rollback) nor expired (freeze),
 * and the digest of every file (update-graph § 8.3, step 8). Throws `GRAPH_INDEX_UNTRUSTED`, `GRAPH_INDEX_ROLLBACK`,
 * `GRAPH_INDEX_EXPIRED`, `GRAPH_INDEX_MISMATCH`, and what the sign room throws.
 */
export async function verifySite(
  read: (path: string) => Promise<Uint8Array | undefined>,
  options: TrustOptions,
): Promise<GraphIndex> {
  const bytes = await read('index.json');
  if (bytes === undefined) throw untrusted('GRAPH_INDEX_UNTRUSTED', 'there is no index.json.');
  const [envelope, signature] = await Promise.all([read('index.dsse.json'), read('index.json.asc')]);
  if (options.attestation.length === 0 && options.keyring === undefined)
    throw untrusted('GRAPH_INDEX_UNTRUSTED', 'no key was given to trust.');
  if (options.attestation.length > 0) {
    if (envelope === undefined) throw untrusted('GRAPH_INDEX_UNTRUSTED', 'there is no index.dsse.json.');
    const { payload } = verifyEnvelope(readJson(Buffer.from(envelope).toString('utf8')), options.attestation, {
      payloadType: PAYLOAD_TYPE,
    });
    if (!Buffer.from(payload).equals(Buffer.from(bytes)))
      throw untrusted('GRAPH_INDEX_MISMATCH', 'index.dsse.json signs another index.');
  }
  if (options.keyring !== undefined) {
    if (signature === undefined) throw untrusted('GRAPH_INDEX_UNTRUSTED', 'there is no index.json.asc.');
    verifyDetached(bytes, Buffer.from(signature).toString('utf8'), options.keyring, options.at);
  }
  const index = parseGraphIndex(bytes);
  if (index.serial < (options.lastSerial ?? 0))
    throw untrusted(
      'GRAPH_INDEX_ROLLBACK',
      `the serial is ${index.serial}, and ${options.lastSerial} was seen before.`,
    );
  if (Date.parse(index.expires) <= options.at.getTime())
    throw untrusted('GRAPH_INDEX_EXPIRED', `the publication expired at ${index.expires}.`);
  for (const [path, { sha256 }] of Object.entries(index.files)) {
    const content = await read(path);
    if (content === undefined || sha256Hex(content) !== sha256)
      throw untrusted(
        'GRAPH_INDEX_MISMATCH',
        `${content === undefined ? 'the file is missing' : 'the file is another'}.`,
        path,
      );
  }
  return index;
}

function untrusted(code: string, message: string, file = 'index.json'): SlipwayError {
  return new SlipwayError(code, message, { place: { file }, exitCode: 1 });
}
