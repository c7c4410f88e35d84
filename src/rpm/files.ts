import { SlipwayError } from '../util/index.ts';
import { TAG } from './header/tags.ts';
import type { PackagedFile, RpmHeader } from './types.ts';

/** PGPHASHALGO_* numbers that rpm uses for file digests; without tag 5011 they are MD5. */
const DIGEST_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [8, 'sha256'],
  [9, 'sha384'],
  [10, 'sha512'],
  [11, 'sha224'],
  [12, 'sha3-256'],
  [14, 'sha3-512'],
]);

function corrupt(reason: string, field: string): never {
  throw new SlipwayError('RPM_HEADER_FILES', `the package's file list can't be read: ${reason}.`, { place: { field } });
}

/** Paths, whole (tag 1027, up to RPM 3) or as directory numbers, directories and names. */
function paths(header: RpmHeader): string[] {
  if (!header.has(TAG.baseNames)) return [...header.strings(TAG.oldFileNames)];
  const names = header.strings(TAG.baseNames);
  const folders = header.strings(TAG.dirNames);
  const indexes = header.numbers(TAG.dirIndexes);
  if (indexes.length !== names.length)
    corrupt(`${names.length} names but ${indexes.length} folder numbers`, 'DIRINDEXES');
  return names.map((name, file) => {
    const folder = folders[indexes[file] ?? -1];
    if (folder === undefined) {
      return corrupt(`file ${file} is in folder ${indexes[file]} of ${folders.length}`, `DIRINDEXES[${file}]`);
    }
    return `${folder}${name}`;
  });
}

/** One value a file; a tag that is absent gives `missing` for all. */
function column<T>(values: readonly T[], count: number, missing: T, field: string): (file: number) => T {
  if (values.length === 0) return () => missing;
  if (values.length !== count) corrupt(`${count} files but ${values.length} values`, field);
  return (file) => values[file] ?? missing;
}

/**
 * The files a package owns, in the header's order. Throws `RPM_HEADER_FILES` when the lists contradict each other and
 * `RPM_HEADER_CORRUPT` when one can't be decoded.
 */
export function packagedFiles(header: RpmHeader): PackagedFile[] {
  const list = paths(header);
  const numbers = (tag: number, field: string) => column(header.numbers(tag), list.length, 0, field);
  const texts = (tag: number, field: string) => column(header.strings(tag), list.length, '', field);
  const algorithm = header.number(TAG.fileDigestAlgo) ?? 1;
  const digestAlgorithm =
    DIGEST_NAMES.get(algorithm) ?? corrupt(`digest algorithm ${algorithm} is unknown`, 'FILEDIGESTALGO');
  const digest = texts(TAG.fileDigests, 'FILEDIGESTS');
  const mode = numbers(TAG.fileModes, 'FILEMODES');
  const flags = numbers(TAG.fileFlags, 'FILEFLAGS');
  const verifyFlags = column(header.numbers(TAG.fileVerifyFlags), list.length, 0xffff_ffff, 'FILEVERIFYFLAGS');
  const color = numbers(TAG.fileColors, 'FILECOLORS');
  const size = header.has(TAG.longFileSizes)
    ? numbers(TAG.longFileSizes, 'LONGFILESIZES')
    : numbers(TAG.fileSizes, 'FILESIZES');
  const mtime = numbers(TAG.fileMtimes, 'FILEMTIMES');
  const user = texts(TAG.fileUserName, 'FILEUSERNAME');
  const group = texts(TAG.fileGroupName, 'FILEGROUPNAME');
  const linkTo = texts(TAG.fileLinkTos, 'FILELINKTOS');
  return list.map((path, file) => ({
    path,
    digest: digest(file).toLowerCase(),
    digestAlgorithm,
    mode: mode(file),
    flags: flags(file),
    verifyFlags: verifyFlags(file),
    color: color(file),
    size: size(file),
    mtime: mtime(file),
    user: user(file),
    group: group(file),
    linkTo: linkTo(file),
  }));
}
