import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import {
  type ArtifactBlob,
  artifactBlob,
  type Descriptor,
  type ImageSource,
  imageName,
  isDigest,
} from '../../oci/index.ts';
import { type Place, readJson, SlipwayError } from '../../util/index.ts';
import { type PackageFiles, parsePackageFiles } from '../deep/index.ts';
import { type LayerFacts, parseLayerFacts } from '../model/index.ts';

/** Kept facts of layers as an OCI artifact. Another arrangement of its blobs gets another number. */
export const FACTS_ARTIFACT = 'application/vnd.slipway.okd.audit-facts.v1';
/** Facts of one layer. */
export const FACTS_BLOB = 'application/vnd.slipway.okd.audit-facts.layer.v1+json+zstd';
/** Lists of signed files of all packages whose header's digest begins with the same two hex digits, sorted by header. */
export const LISTS_BLOB = 'application/vnd.slipway.okd.audit-facts.packages.v1+json+zstd';

const LAYER = 'io.okd.slipway.audit.layer';
const KEYRING = 'io.okd.slipway.audit.keyring';
const EXTRACTOR = 'io.okd.slipway.audit.extractor';
const DEEP = 'io.okd.slipway.audit.deep';
const HEADERS = 'io.okd.slipway.audit.headers';

const PREFIX = /^[0-9a-f]{2}$/u;
const HEADER = /^[0-9a-f]{64}$/u;

/** Bounds of one blob, packed and unpacked. Facts of a node image's largest layer in deep mode unpack to about 10 MB. */
const LARGEST_BLOB = 64 << 20;
const LARGEST_JSON = 256 << 20;

const compress = promisify<Buffer, { params: Record<number, number> }, Buffer>(zstdCompress);
const decompress = promisify<Buffer, { maxOutputLength: number }, Buffer>(zstdDecompress);

const pack = async (value: unknown): Promise<Buffer> =>
  await compress(Buffer.from(JSON.stringify(value)), { params: { [constants.ZSTD_c_compressionLevel]: 6 } });

/** What annotations say of a blob with facts. */
export interface FactsLabel {
  readonly layer: string;
  readonly keyring: string;
  readonly extractor: string;
  readonly deep: boolean;
}

const labelFor = ({ digest, keyring, extractor, files }: LayerFacts): FactsLabel => ({
  layer: digest,
  keyring,
  extractor,
  deep: files !== null,
});

const annotationsFor = ({ layer, keyring, extractor, deep }: FactsLabel): Record<string, string> => ({
  [LAYER]: layer,
  [KEYRING]: keyring,
  [EXTRACTOR]: extractor,
  [DEEP]: String(deep),
});

/** The facts as a blob: the same facts, the same bytes. */
export async function factsBlob(facts: LayerFacts): Promise<ArtifactBlob> {
  return { mediaType: FACTS_BLOB, bytes: await pack(facts), annotations: annotationsFor(labelFor(facts)) };
}

export async function listsBlob(prefix: string, lists: readonly PackageFiles[]): Promise<ArtifactBlob> {
  return { mediaType: LISTS_BLOB, bytes: await pack(lists), annotations: { [HEADERS]: prefix } };
}

/** Blobs of an artifact by what they hold. Throws `AUDIT_CACHE_FOREIGN` for what is not of this form. */
export function sortBlobs(blobs: readonly Descriptor[], image: string) {
  const foreign = (message: string): SlipwayError =>
    new SlipwayError('AUDIT_CACHE_FOREIGN', message, { place: { image } });
  const facts = new Map<string, { readonly label: FactsLabel; readonly blob: Descriptor }>();
  const lists = new Map<string, Descriptor>();
  for (const blob of blobs) {
    const { [LAYER]: layer, [KEYRING]: keyring, [EXTRACTOR]: extractor, [DEEP]: deep } = blob.annotations ?? {};
    const prefix = blob.annotations?.[HEADERS];
    if (blob.mediaType === LISTS_BLOB && prefix !== undefined && PREFIX.test(prefix)) {
      if (lists.has(prefix)) throw foreign(`packages "${prefix}" are there twice.`);
      lists.set(prefix, blob);
    } else if (
      blob.mediaType === FACTS_BLOB &&
      layer !== undefined &&
      isDigest(layer) &&
      keyring !== undefined &&
      extractor !== undefined &&
      deep !== undefined
    ) {
      if (facts.has(layer)) throw foreign(`layer ${layer} is there twice.`);
      facts.set(layer, { label: { layer, keyring, extractor, deep: deep === 'true' }, blob });
    } else {
      throw foreign(`its blob ${blob.digest} (${blob.mediaType}) does not say which layer or packages it is about.`);
    }
  }
  return { facts: [...facts.values()], lists: [...lists] };
}

async function unpack(source: ImageSource, blob: Descriptor, place: Place): Promise<unknown> {
  const packed = await artifactBlob(source, blob, LARGEST_BLOB);
  try {
    return readJson((await decompress(packed, { maxOutputLength: LARGEST_JSON })).toString('utf8'));
  } catch (error) {
    throw new SlipwayError('AUDIT_FACTS_INVALID', 'the content is not JSON, packed by zstd.', { place, cause: error });
  }
}

const mismatch = (what: string, place: Place): SlipwayError =>
  new SlipwayError('AUDIT_CACHE_MISMATCH', `the content is not what the manifest says: ${what}.`, { place });

/** Facts out of an artifact. Throws `AUDIT_FACTS_INVALID`, `AUDIT_CACHE_MISMATCH` and what reading a blob throws. */
export async function readFacts(source: ImageSource, blob: Descriptor, label: FactsLabel): Promise<LayerFacts> {
  const place = { image: imageName(source, blob.digest) };
  const facts = parseLayerFacts(await unpack(source, blob, place), place);
  const [said, found] = [annotationsFor(label), annotationsFor(labelFor(facts))];
  for (const [key, value] of Object.entries(said))
    if (found[key] !== value) throw mismatch(`${key} is "${found[key]}", not "${value}"`, place);
  return facts;
}

/** Lists of signed files out of an artifact. Throws as `readFacts`. */
export async function readLists(source: ImageSource, blob: Descriptor, prefix: string): Promise<PackageFiles[]> {
  const place = { image: imageName(source, blob.digest) };
  const value = await unpack(source, blob, place);
  if (!Array.isArray(value))
    throw new SlipwayError('AUDIT_FACTS_INVALID', 'the lists of packages are not an array.', { place });
  const lists = value.map((list: unknown, index) => parsePackageFiles(list, { ...place, field: String(index) }));
  lists.forEach(({ header }, index) => {
    if (!HEADER.test(header) || !header.startsWith(prefix))
      throw mismatch(`"${header}" is no header that begins with "${prefix}"`, place);
    const before = lists[index - 1];
    if (before !== undefined && before.header >= header) throw mismatch(`header "${header}" is out of order`, place);
  });
  return lists;
}
