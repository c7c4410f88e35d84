import {
  type FileCheck,
  type ImageFileFacts,
  type ImageLayer,
  type LayerFacts,
  type PackageFacts,
  type PackageOccurrence,
  packagesOf,
  type UnownedFile,
} from '../model/index.ts';
import { FileView } from './file-view.ts';
import type { PackageFiles } from './package-files.ts';

/** Lists of signed files, by the header that signs them. */
export type FilesOf = (header: string) => PackageFiles | undefined;

interface Layered {
  readonly layers: readonly ImageLayer[];
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The folder that a database's packages are installed in: nothing but for install roots. */
const rootOf = (database: string): string =>
  /^(.*\/)?(?:var\/lib\/rpm|usr\/lib\/sysimage\/rpm|usr\/share\/rpm|usr\/lib\/sysimage\/rpm-ostree-base-db)\/[^/]+$/u.exec(
    database,
  )?.[1] ?? '';

/** Digests that any of the packages signs for a path: a file of two packages is one of theirs. */
function signedBy(packages: readonly PackageOccurrence[], filesOf: FilesOf): Map<string, Set<string>> {
  const owners = new Map<string, Set<string>>();
  for (const { pkg, database } of packages) {
    const root = rootOf(database);
    for (const { path, digest } of filesOf(pkg.header)?.files ?? []) {
      const place = `${root}${path}`;
      const digests = owners.get(place) ?? new Set<string>();
      owners.set(place, digests.add(digest));
    }
  }
  return owners;
}

const unknown = (pkg: PackageFacts, reason: string): FileCheck => ({
  pkg,
  state: 'unknown',
  reason,
  compared: 0,
  absent: 0,
  changed: [],
});

function checkPackage(
  { pkg, database }: PackageOccurrence,
  view: FileView,
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  filesOf: FilesOf,
): FileCheck {
  const signed = filesOf(pkg.header);
  if (signed === undefined) return unknown(pkg, 'its list of files is not known');
  if (signed.problem !== '') return unknown(pkg, signed.problem);
  if (signed.algorithm !== 'sha256')
    return unknown(pkg, `its files have digests of ${signed.algorithm}, not of sha256`);
  const root = rootOf(database);
  const changed: FileCheck['changed'][number][] = [];
  let [compared, absent] = [0, 0];
  for (const { path, digest } of signed.files) {
    const place = `${root}${path}`;
    const seen = view.at(place);
    if (!seen) {
      absent += 1;
      continue;
    }
    compared += 1;
    const found = view.digestOf(seen);
    if (found === digest || (found !== undefined && owners.get(place)?.has(found) === true)) continue;
    const { symlink } = seen.file;
    changed.push({
      path: place,
      layer: seen.layer,
      signed: digest,
      found: found ?? (symlink === null ? 'a link to nothing' : `a symbolic link to ${symlink}`),
    });
  }
  if (changed.length > 0) {
    return {
      pkg,
      state: 'differs',
      reason: '',
      compared,
      absent,
      changed: changed.sort((a, b) => text(a.path, b.path)),
    };
  }
  if (compared === 0 && absent > 0) return { ...unknown(pkg, `none of its ${absent} files is in the image`), absent };
  return { pkg, state: 'match', reason: compared === 0 ? 'it has no file to compare' : '', compared, absent, changed };
}

type Holders = UnownedFile['packages'];

/** Programs of all packages of a payload, by digest: where a copied one came from. */
function programIndex(packages: Iterable<PackageFacts>, filesOf: FilesOf): Map<string, Holders> {
  const index = new Map<string, Holders[number][]>();
  const seen = new Set<string>();
  for (const pkg of packages) {
    if (seen.has(pkg.header)) continue;
    seen.add(pkg.header);
    const list = filesOf(pkg.header);
    if (list?.algorithm !== 'sha256') continue;
    for (const { path, digest, program } of list.files) {
      if (!program) continue;
      const holders = index.get(digest) ?? [];
      holders.push({ pkg, path });
      index.set(digest, holders);
    }
  }
  for (const holders of index.values()) holders.sort((a, b) => text(a.pkg.nevra, b.pkg.nevra) || text(a.path, b.path));
  return index;
}

/**
 * Programs in layers of an image that are no program of its own packages, and are one of another image's: copied in from
 * another build stage, most likely. Only programs count: scripts, sources and texts are the same wherever they come from,
 * while a compiled file carries its build.
 */
function unownedOf(
  { layers }: Layered,
  own: ReadonlySet<string>,
  known: (layer: LayerFacts) => readonly { readonly path: string; readonly sha256: string; readonly size: number }[],
  index: ReadonlyMap<string, Holders>,
): UnownedFile[] {
  return layers.flatMap(({ facts }, layer) =>
    known(facts)
      .filter(({ sha256 }) => !own.has(sha256))
      .map(({ path, sha256, size }) => ({ path, layer, sha256, size, packages: index.get(sha256) ?? [] })),
  );
}

/**
 * Compares the files of images with what their packages signed, and with each other's packages. Pure. The images' layers
 * must have been extracted in deep mode. Time and memory: one step and one entry a file and image.
 */
export function checkFiles(images: readonly Layered[], filesOf: FilesOf): ImageFileFacts[] {
  const packages = images.map((image) => packagesOf(image).packages);
  const index = programIndex(
    packages.flatMap((found) => found.map(({ pkg }) => pkg)),
    filesOf,
  );
  const knownFiles = new Map<LayerFacts, { path: string; sha256: string; size: number }[]>();
  const known = (layer: LayerFacts) => {
    const before = knownFiles.get(layer);
    if (before) return before;
    const found = (layer.files ?? []).flatMap(({ path, sha256, size }) =>
      sha256 !== null && index.has(sha256) ? [{ path, sha256, size }] : [],
    );
    knownFiles.set(layer, found);
    return found;
  };
  return images.map((image, number) => {
    const all = packages[number] ?? [];
    const shown = all.filter(({ hiddenBy }) => hiddenBy === undefined);
    const view = new FileView(image.layers);
    const owners = signedBy(shown, filesOf);
    const own = new Set(all.flatMap(({ pkg }) => filesOf(pkg.header)?.files.map(({ digest }) => digest) ?? []));
    return {
      checks: shown
        .map((occurrence) => checkPackage(occurrence, view, owners, filesOf))
        .sort((a, b) => text(a.pkg.nevra, b.pkg.nevra) || text(a.pkg.header, b.pkg.header)),
      unowned: unownedOf(image, own, known, index),
    };
  });
}
