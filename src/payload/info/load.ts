import {
  type Digest,
  type ImageSource,
  imageName,
  isDigest,
  type LoadedImage,
  loadImage,
  readFiles,
} from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { METADATA_FILE, PAYLOAD_FOLDER } from '../assemble/assemble.ts';
import { parseMetadata } from '../assemble/metadata.ts';
import { REFERENCES_FILE } from '../assemble/operator.ts';
import { parseImageStream } from '../stream/parse.ts';
import type { ImageStream } from '../stream/types.ts';
import type { Payload, PayloadFile, PayloadImage } from '../types.ts';

/** A single file of a payload may have this many bytes; etcd takes 1.5 MiB, image-references of 200 images have 0.1. */
const FILE_LIMIT = 16 << 20;

/** Real payloads have less than 20 MiB in all; a hostile one shall not fill the memory. */
const PAYLOAD_LIMIT = 64 << 20;

/** Real payloads have up to a thousand files. */
const MOST_FILES = 10_000;

export interface LoadOptions {
  /** `host/repository` as pull specs name it; default the source's name. */
  readonly name?: string;
  /** Of a manifest list, default amd64. */
  readonly architecture?: string;
  /** As oc: a payload below the last layer is not seen (payload format § 1.12, B14). */
  readonly lastLayerOnly?: boolean;
}

async function filesOf(source: ImageSource, image: LoadedImage, layer: number): Promise<readonly PayloadFile[]> {
  const prefix = `${PAYLOAD_FOLDER}/`;
  let count = 0;
  const wanted = (path: string): boolean => {
    if (!path.startsWith(prefix)) return false;
    count += 1;
    if (count <= MOST_FILES) return true;
    throw new SlipwayError('PAYLOAD_TOO_LARGE', `the payload has more than ${MOST_FILES} files.`, {
      place: { image: `${source.name}@${image.digest}` },
    });
  };
  const found = await readFiles(source, image, wanted, {
    limit: FILE_LIMIT,
    total: PAYLOAD_LIMIT,
    layers: [layer],
  });
  return [...found]
    .filter(([, file]) => file.type === 'file' || file.type === 'hardlink')
    .map(([path, { content, mode, mtime }]) => ({ name: path.slice(prefix.length), bytes: content, mode, mtime }));
}

/** The topmost layer that has a payload: the last one, unless something was committed on top of a release. */
async function findPayload(source: ImageSource, image: LoadedImage, name: string, lastLayerOnly: boolean) {
  const top = image.manifest.layers.length - 1;
  for (let layer = top; layer >= (lastLayerOnly ? Math.max(0, top) : 0); layer--) {
    const files = await filesOf(source, image, layer);
    if (files.some((file) => file.name === REFERENCES_FILE)) return { files, layer };
  }
  throw new SlipwayError(
    'PAYLOAD_MISSING',
    `the image has no /${PAYLOAD_FOLDER}/${REFERENCES_FILE}: it is no release image.`,
    {
      place: { image: name },
    },
  );
}

function fileNamed(files: readonly PayloadFile[], name: string, image: string): PayloadFile {
  const file = files.find((candidate) => candidate.name === name);
  if (file !== undefined) return file;
  throw new SlipwayError('PAYLOAD_MISSING', `the release image has no /${PAYLOAD_FOLDER}/${name}.`, {
    place: { image },
  });
}

/** The components with a digest; one without is left to the linter (P006), which names it. */
function imagesOf(stream: ImageStream): readonly PayloadImage[] {
  return stream.tags.flatMap(({ name, from }) => {
    const pullSpec = from?.name ?? '';
    const digest = pullSpec.slice(pullSpec.indexOf('@') + 1);
    return isDigest(digest) ? [{ name, pullSpec, digest }] : [];
  });
}

/**
 * Reads a release image. Memory: the files of the payload, a few MiB.
 * Throws `OCI_MANIFEST_UNKNOWN` and other `OCI_…` errors, `PAYLOAD_MISSING` when the image is no release, and
 * `PAYLOAD_IMAGE_STREAM_INVALID` or `PAYLOAD_METADATA_INVALID` for a damaged one.
 */
export async function loadPayload(
  source: ImageSource,
  tagOrDigest: string,
  options: LoadOptions = {},
): Promise<Payload> {
  const name = options.name ?? source.name;
  const reference = imageName({ name }, tagOrDigest);
  const image = await loadImage(source, tagOrDigest, {
    ...(options.architecture === undefined ? {} : { architecture: options.architecture }),
  });
  const { files, layer } = await findPayload(source, image, reference, options.lastLayerOnly ?? false);
  const place = (file: string): string => `${reference}:/${PAYLOAD_FOLDER}/${file}`;
  const references = fileNamed(files, REFERENCES_FILE, reference);
  const metadata = fileNamed(files, METADATA_FILE, reference);
  const imageReferences = parseImageStream(references.bytes, place(REFERENCES_FILE));
  const published: Digest = image.listDigest ?? image.digest;
  return {
    reference,
    pullSpec: `${name}@${published}`,
    digest: image.digest,
    ...(image.listDigest === undefined ? {} : { listDigest: image.listDigest }),
    image,
    imageReferences,
    images: imagesOf(imageReferences),
    metadata: parseMetadata(metadata.bytes, place(METADATA_FILE)),
    files,
    payloadLayer: layer,
  };
}
