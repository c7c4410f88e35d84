import { Type } from 'typebox';
import { type ImageSource, type LoadedImage, labelsOf, readFiles } from '../../oci/index.ts';
import { type RpmPackage, readRpmdb } from '../../rpm/index.ts';
import { parseJson, parserOf, SlipwayError } from '../../util/index.ts';
import { type OpenOptions, openImage } from '../images/index.ts';
import { goQuote } from '../text/index.ts';
import type { Payload } from '../types.ts';
import { releaseVersions } from '../versions/index.ts';

/** A package of the node image. */
export interface NodePackage {
  readonly name: string;
  /** `[epoch:]version-release`. */
  readonly version: string;
  /** Empty for `gpg-pubkey` rows. */
  readonly arch: string;
}

export interface NodePackages {
  /** Component whose image it is. */
  readonly image: string;
  readonly digest: string;
  /** Where the list comes from: the image's own summary, or the RPM database. */
  readonly source: 'metalayer' | 'rpmdb';
  /** In the order they were found; a package may be there in several versions. */
  readonly packages: readonly NodePackage[];
}

export interface NodePackagesOptions extends OpenOptions {
  /** Component to read; default the one that provides `machine-os`. */
  readonly image?: string;
  /** What is known already of an image, and a place for what is found: the images of nodes have gigabytes. */
  readonly cache?: {
    readonly get: (digest: string) => Promise<NodePackages | undefined>;
    readonly put: (packages: NodePackages) => Promise<void>;
  };
}

const METALAYER_LABEL = 'io.openshift.metalayer';
const METALAYER_FILE = 'usr/share/openshift/base/meta.json';
const METALAYER_LIMIT = 16 << 20;
/** The database of a node has some 100 MiB. */
const RPMDB_LIMIT = 1 << 30;
/** Where rpm keeps its database, and rpm-ostree and bootc images theirs; the first that is there counts. */
const RPMDB_FOLDERS = ['usr/lib/sysimage/rpm/', 'usr/share/rpm/', 'var/lib/rpm/'];
const RPMDB_FILES = ['rpmdb.sqlite', 'Packages.db', 'Packages'];

const Metalayer = Type.Object({
  'rpmdb.pkglist': Type.Array(
    Type.Tuple([
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Null()]),
      Type.String(),
      Type.String(),
      Type.String(),
    ]),
  ),
});
const parseMetalayer = parserOf(Metalayer, 'PAYLOAD_METALAYER_INVALID');

function versionOf(epoch: string | number | null, version: string, release: string): string {
  return `${epoch === null || String(epoch) === '0' || epoch === '' ? '' : `${epoch}:`}${version}-${release}`;
}

async function fromMetalayer(source: ImageSource, image: LoadedImage, place: string): Promise<readonly NodePackage[]> {
  const last = image.manifest.layers.length - 1;
  const files = await readFiles(source, image, (path) => path === METALAYER_FILE, {
    limit: METALAYER_LIMIT,
    layers: [last],
  });
  const file = files.get(METALAYER_FILE);
  if (file === undefined) {
    throw new SlipwayError(
      'PAYLOAD_METALAYER_INVALID',
      `the image has the label ${METALAYER_LABEL}, and no ${METALAYER_FILE} in its last layer.`,
      { place: { image: place } },
    );
  }
  const text = file.content.toString('utf8');
  const value = parseJson(text, 'PAYLOAD_METALAYER_INVALID', METALAYER_FILE, { image: place, file: METALAYER_FILE });
  const { 'rpmdb.pkglist': list } = parseMetalayer(value, { image: place, file: METALAYER_FILE });
  return list.map(([name, epoch, version, release, arch]) => ({
    name,
    version: versionOf(epoch, version, release),
    arch,
  }));
}

function packageOf({ name, epoch, version, release, arch }: RpmPackage): NodePackage {
  return { name, version: versionOf(epoch, version, release), arch: arch ?? '' };
}

async function fromRpmdb(source: ImageSource, image: LoadedImage, place: string): Promise<readonly NodePackage[]> {
  const wanted = new Set(
    RPMDB_FOLDERS.flatMap((folder) => [...RPMDB_FILES, 'rpmdb.sqlite-wal'].map((name) => `${folder}${name}`)),
  );
  const files = await readFiles(source, image, (path) => wanted.has(path), { limit: RPMDB_LIMIT });
  for (const folder of RPMDB_FOLDERS) {
    for (const name of RPMDB_FILES) {
      const main = files.get(`${folder}${name}`);
      if (main === undefined || main.content.length === 0) continue;
      const log = name === 'rpmdb.sqlite' ? files.get(`${folder}rpmdb.sqlite-wal`) : undefined;
      const { packages, keys } = readRpmdb(main.content, log?.content);
      return [...packages, ...keys].map(packageOf);
    }
  }
  throw new SlipwayError('PAYLOAD_RPMDB_MISSING', 'the node image has no RPM database.', { place: { image: place } });
}

/** The component that provides `machine-os`, which names the node image of a release (payload format § 2.4). */
function nodeImageOf(payload: Payload): string {
  const name = releaseVersions(payload.imageReferences).tags.get('machine-os');
  if (name !== undefined) return name;
  throw new SlipwayError(
    'PAYLOAD_NODE_IMAGE_UNKNOWN',
    'no component of the release says that it provides machine-os, so the node image is not known.',
    { place: { image: payload.reference }, hint: 'Name the component with --rpmdb-image.' },
  );
}

/**
 * The packages of a release's node image: from its summary (`meta.json` of the last layer) when its label says that it
 * has one, else from the RPM database, for which all layers are read (payload format § 2.4). Memory: the database.
 * Throws `PAYLOAD_NODE_IMAGE_UNKNOWN`, `PAYLOAD_METALAYER_INVALID`, `PAYLOAD_RPMDB_MISSING`, `RPM_…` and `OCI_…`.
 */
export async function nodePackages(payload: Payload, options: NodePackagesOptions): Promise<NodePackages> {
  const name = options.image ?? nodeImageOf(payload);
  const tag = payload.imageReferences.tags.find((candidate) => candidate.name === name);
  if (tag?.from === undefined) {
    throw new SlipwayError('PAYLOAD_COMPONENT_UNKNOWN', `the release has no component ${goQuote(name)}.`, {
      place: { image: payload.reference },
    });
  }
  const { image, source, pullSpec } = await openImage(name, tag.from.name, options);
  const known = await options.cache?.get(image.digest);
  if (known !== undefined) return { ...known, image: name };
  const hasMetalayer = labelsOf(image.config)[METALAYER_LABEL] === 'true';
  const found: NodePackages = {
    image: name,
    digest: image.digest,
    source: hasMetalayer ? 'metalayer' : 'rpmdb',
    packages: hasMetalayer ? await fromMetalayer(source, image, pullSpec) : await fromRpmdb(source, image, pullSpec),
  };
  await options.cache?.put(found);
  return found;
}
