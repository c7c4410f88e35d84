import { type Digest, type ImageChoice, type ImageSource, imageName, isDigest, loadImage } from '../../oci/index.ts';
import { messageOf, SlipwayError } from '../../util/index.ts';
import { METADATA_FILE, PAYLOAD_FOLDER, parseMetadata, parseMetadataAsIs, REFERENCES_FILE } from '../assemble/index.ts';
import type { PayloadFile } from '../files.ts';
import { type ImageStream, parseImageStream } from '../stream/index.ts';
import type { Payload, PayloadImage } from '../types.ts';
import { readReleaseFiles } from './release-files.ts';

export interface LoadOptions extends ImageChoice {
  /** `host/repository` as pull specs name it; default the source's name. */
  readonly name?: string;
  /** As oc: what other layers than the last one have is not seen (payload format § 1.12, B14). */
  readonly lastLayerOnly?: boolean;
  /**
   * For who only shows a release: one without `release-metadata`, or with such of another kind or version than a cluster
   * reads, is read all the same, with a warning.
   */
  readonly asIs?: boolean;
}

type Described = Pick<Payload, 'metadata' | 'lacksMetadata'>;

/** The metadata, and what a reader has to know of it. */
function describedBy(
  files: readonly PayloadFile[],
  { name }: ImageStream,
  reference: string,
  asIs: boolean,
): Described & { readonly warning?: string } {
  const place = `${reference}:/${PAYLOAD_FOLDER}/${METADATA_FILE}`;
  if (!asIs) return { metadata: parseMetadata(fileNamed(files, METADATA_FILE, reference).bytes, place) };
  const file = files.find((candidate) => candidate.name === METADATA_FILE);
  if (file === undefined) {
    return {
      metadata: { version: name, previous: [], next: [], metadata: {} },
      lacksMetadata: true,
      warning: `It has no /${PAYLOAD_FOLDER}/${METADATA_FILE}: no cluster takes it.`,
    };
  }
  const metadata = parseMetadataAsIs(file.bytes, place);
  try {
    parseMetadata(file.bytes, place);
    return { metadata };
  } catch (error) {
    return { metadata, warning: `No cluster takes it: ${METADATA_FILE}: ${messageOf(error)}` };
  }
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
  const image = await loadImage(source, tagOrDigest, options);
  const found = await readReleaseFiles(source, image, options.lastLayerOnly ?? false);
  if (found === undefined) {
    throw new SlipwayError(
      'PAYLOAD_MISSING',
      `the image has no /${PAYLOAD_FOLDER}/${REFERENCES_FILE}: it is no release image.`,
      { place: { image: reference } },
    );
  }
  const { files } = found;
  const place = (file: string): string => `${reference}:/${PAYLOAD_FOLDER}/${file}`;
  const references = fileNamed(files, REFERENCES_FILE, reference);
  const imageReferences = parseImageStream(references.bytes, place(REFERENCES_FILE));
  const { warning, ...described } = describedBy(files, imageReferences, reference, options.asIs ?? false);
  const published: Digest = image.listDigest ?? image.digest;
  return {
    reference,
    pullSpec: `${name}@${published}`,
    digest: image.digest,
    ...(image.listDigest === undefined ? {} : { listDigest: image.listDigest }),
    image,
    imageReferences,
    images: imagesOf(imageReferences),
    ...described,
    ...found,
    warnings: [...found.warnings, ...(warning === undefined ? [] : [warning])],
  };
}
