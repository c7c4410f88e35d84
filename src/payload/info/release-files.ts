import { type ImageFile, type ImageSource, type LoadedImage, readFiles } from '../../oci/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { HISTORY_COMMENT, PAYLOAD_FOLDER, REFERENCES_FILE } from '../assemble/index.ts';
import { describeEntry } from '../images/index.ts';
import { compareBytes, goQuote, listed } from '../text/index.ts';
import type { Payload } from '../types.ts';

/** A single file of a payload may have this many bytes; etcd takes 1.5 MiB, image-references of 200 images have 0.1. */
const FILE_LIMIT = 16 << 20;

/** Real payloads have less than 20 MiB in all; a hostile one shall not fill the memory. */
const PAYLOAD_LIMIT = 64 << 20;

/** Real payloads have up to a thousand files. */
const MOST_FILES = 10_000;

const RELEASE = `${PAYLOAD_FOLDER}/`;
const OWN = 'manifests/';

export type ReleaseFiles = Pick<Payload, 'files' | 'payloadLayer' | 'strays' | 'dropped' | 'warnings'>;

type Hidden = readonly [path: string, by: number];

/** What layers, all or some, have in the folders that a Cluster Version Operator reads. */
async function read(source: ImageSource, image: LoadedImage, layers?: readonly number[]) {
  let count = 0;
  const hidden: Hidden[] = [];
  const wanted = (path: string): boolean => {
    if (!path.startsWith(RELEASE) && !path.startsWith(OWN)) return false;
    count += 1;
    if (count <= MOST_FILES) return true;
    throw new SlipwayError('PAYLOAD_TOO_LARGE', `the payload has more than ${MOST_FILES} files.`, {
      place: { image: `${source.name}@${image.digest}` },
    });
  };
  const files = await readFiles(source, image, wanted, {
    limit: FILE_LIMIT,
    total: PAYLOAD_LIMIT,
    onHidden: (path, _, by) => hidden.push([path, by]),
    ...(layers === undefined ? {} : { layers }),
  });
  return { files, hidden };
}

/** `release new` writes its own history in place of the base's, an entry a layer; who adds a layer adds to it. */
function isUntouched({ config: { history }, manifest: { layers } }: LoadedImage): boolean {
  const [first] = history ?? [];
  return (
    first?.comment === HISTORY_COMMENT &&
    history?.length === layers.length &&
    history.every(({ created_by }) => created_by === undefined)
  );
}

function straysOf(files: ReadonlyMap<string, ImageFile>, hidden: readonly Hidden[], payloadLayer: number) {
  const found = new Set<string>();
  for (const [path, { layer }] of files)
    if (path.startsWith(RELEASE) ? layer !== payloadLayer : layer >= payloadLayer) found.add(path);
  for (const [path, by] of hidden)
    if (by > payloadLayer || (by === payloadLayer && path.startsWith(OWN))) found.add(path);
  return [...found].sort(compareBytes);
}

/** What an entry is that is no file of the folder; undefined for a file. A Cluster Version Operator reads no sub-folders. */
function whatElse(path: string, file: ImageFile): string | undefined {
  if (path.includes('/', RELEASE.length)) return 'in a sub-folder';
  return file.type === 'file' ? undefined : describeEntry(file);
}

/**
 * `/release-manifests` of a release image. What `release new` made has all of it in the last layer, and no other one is
 * fetched; of an image that was changed afterwards (its history, or what the last layer holds, says so) all layers are
 * read and put together as a container sees them (payload format § 1.12, B14; image-spec 1.1, § Applying Changesets).
 * With `lastLayerOnly` no other layer is read, as by oc. `undefined` when there are no image-references. Throws `PAYLOAD_TOO_LARGE`,
 * `OCI_…`.
 */
export async function readReleaseFiles(
  source: ImageSource,
  image: LoadedImage,
  lastLayerOnly: boolean,
): Promise<ReleaseFiles | undefined> {
  const top = image.manifest.layers.length - 1;
  if (top < 0) return undefined;
  const last = await read(source, image, [top]);
  const complete =
    last.files.has(`${RELEASE}${REFERENCES_FILE}`) &&
    isUntouched(image) &&
    ![...last.files.keys()].some((path) => path.startsWith(OWN));
  const { files, hidden } = lastLayerOnly || complete || top === 0 ? last : await read(source, image);
  const payloadLayer = files.get(`${RELEASE}${REFERENCES_FILE}`)?.layer;
  if (payloadLayer === undefined) return undefined;
  const released = [...files].flatMap(([path, file]) =>
    path.startsWith(RELEASE) ? [{ name: path.slice(RELEASE.length), file, what: whatElse(path, file) }] : [],
  );
  const dropped = released.flatMap(({ name, what }) => (what === undefined ? [] : [{ name, what }]));
  const strays = lastLayerOnly ? [] : straysOf(files, hidden, payloadLayer);
  return {
    files: released.flatMap(({ name, file: { content, mode, mtime }, what }) =>
      what === undefined ? [{ name, bytes: content, mode, mtime }] : [],
    ),
    payloadLayer,
    strays,
    dropped: dropped.sort((a, b) => compareBytes(a.name, b.name)),
    warnings: [
      ...(strays.length === 0
        ? []
        : [
            `Other layers than that of the image-references brought, replaced or deleted ${strays.length} files: ${listed(strays)}. A cluster gets what is read here; oc reads the last layer only.`,
          ]),
      ...(dropped.length === 0
        ? []
        : [
            `Not read of /${PAYLOAD_FOLDER}: ${listed(dropped.map(({ name, what }) => `${goQuote(name)} (${what})`))}.`,
          ]),
    ],
  };
}
