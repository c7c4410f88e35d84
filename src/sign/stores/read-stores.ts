import { fileURLToPath, pathToFileURL } from 'node:url';
import { Type } from 'typebox';
import {
  fetchDocument,
  messageOf,
  parserOf,
  readFileBounded,
  readJson,
  SlipwayError,
  systemCode,
} from '../../util/index.ts';
import { distinctSignatures, MAX_SIGNATURES, repositoryPath, storePath } from './stores.ts';

/** A signature has about a kilobyte; library-go meant to read no more than this of one. */
const LIMIT = 50 << 10;

/** A Cluster Version Operator gives all stores together so many milliseconds (payload format § 3.1, 6). */
const PATIENCE = 120_000;
/** One answer may take no longer. */
const ANSWER = 30_000;

export interface ReadOptions {
  /** Milliseconds for all stores together; default 120,000, as a Cluster Version Operator waits. */
  readonly patience?: number;
}

/** Signatures of a digest as stores give them, with what went wrong at those that could not be read. */
export interface StoredSignatures {
  /** Each once, in the order in which a cluster would look at them. */
  readonly signatures: readonly Uint8Array[];
  /** Full sentences. */
  readonly problems: readonly string[];
}

async function readOne(url: string, patience: number): Promise<Uint8Array | undefined> {
  if (!url.startsWith('file:')) return await fetchDocument(url, { limit: LIMIT, patience });
  const path = fileURLToPath(url);
  try {
    return await readFileBounded(path, { limit: LIMIT });
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Signatures below one folder or address: 1 to 9, until one is missing, or the time is over (`end`, as performance.now
 * counts); of one that cannot be read the next is tried.
 */
async function readFolder(base: string, end: number): Promise<StoredSignatures> {
  const signatures: Uint8Array[] = [];
  const problems: string[] = [];
  const reasons = new Set<string>();
  for (let number = 1; number <= MAX_SIGNATURES; number++) {
    const url = `${base}/signature-${number}`;
    const left = Math.ceil(end - performance.now());
    if (left <= 0) {
      problems.push(`${url}: it was not asked for; the stores took longer than clusters wait for them.`);
      break;
    }
    try {
      const bytes = await readOne(url, Math.min(left, ANSWER));
      if (bytes === undefined) break;
      if (bytes.length > 0) signatures.push(bytes);
    } catch (error) {
      // A server that is not there is not there for the next one either: that is told once.
      if (!reasons.has(messageOf(error))) problems.push(`${url}: ${messageOf(error)}`);
      reasons.add(messageOf(error));
    }
  }
  return { signatures, problems };
}

/** `file:` address of a path, or the address itself without a slash at its end. */
function baseOf(store: string): string {
  const base = /^(https?|file):/.test(store) ? store : pathToFileURL(store).href;
  return base.replace(/\/+$/, '');
}

function joined(parts: readonly StoredSignatures[]): StoredSignatures {
  return {
    signatures: distinctSignatures(parts.flatMap(({ signatures }) => signatures)),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/**
 * Reads the signatures of a digest from the stores that a release names, as a Cluster Version Operator does (payload
 * format § 3.1): `STORE/sha256=HEX/signature-1` and so on. A store is an http, https or file address, or a path.
 */
export async function readStores(
  stores: readonly string[],
  digest: string,
  { patience = PATIENCE }: ReadOptions = {},
): Promise<StoredSignatures> {
  const folder = storePath(digest);
  const end = performance.now() + patience;
  return joined(await Promise.all(stores.map((store) => readFolder(`${baseOf(store)}/${folder}`, end))));
}

/** The same for lookaside stores, which podman and skopeo read: `STORE/REPOSITORY@sha256=HEX/signature-1` (§ 3.3). */
export async function readLookaside(
  stores: readonly string[],
  repository: string,
  digest: string,
  { patience = PATIENCE }: ReadOptions = {},
): Promise<StoredSignatures> {
  const folder = `${repositoryPath(repository)}@${storePath(digest)}`;
  const end = performance.now() + patience;
  return joined(await Promise.all(stores.map((store) => readFolder(`${baseOf(store)}/${folder}`, end))));
}

const parseConfigMap = parserOf(
  Type.Object({
    kind: Type.Literal('ConfigMap'),
    metadata: Type.Object({ name: Type.String() }),
    binaryData: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
  'SIGN_STORE_INVALID',
);

/**
 * Signatures of a digest in a ConfigMap as `oc adm release mirror` writes it; none when it is for another digest.
 * Throws `SIGN_STORE_INVALID`.
 */
export function configMapSignatures(text: string, digest: string, file: string): readonly Uint8Array[] {
  let value: unknown;
  try {
    value = readJson(text);
  } catch (cause) {
    throw new SlipwayError('SIGN_STORE_INVALID', 'the ConfigMap is not JSON.', { place: { file }, cause });
  }
  const { binaryData = {} } = parseConfigMap(value, { file });
  const prefix = `${storePath(digest).replace('=', '-')}-`;
  return Object.entries(binaryData)
    .filter(([name]) => name.startsWith(prefix))
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([, base64]) => new Uint8Array(Buffer.from(base64, 'base64')));
}
