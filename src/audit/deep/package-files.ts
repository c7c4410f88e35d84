import { type Static, Type } from 'typebox';
import { packagedFiles, type RpmPackage } from '../../rpm/index.ts';
import { parserOf, SlipwayError } from '../../util/index.ts';

const PackageFilesSchema = Type.Object({
  /** sha256 (hex) of the signed header that lists them. */
  header: Type.String(),
  /** Name of the digests' algorithm: `sha256`, for packages older than RPM 4.6 `md5`. */
  algorithm: Type.String(),
  /** Why the list can not be read; empty when it can. */
  problem: Type.String(),
  files: Type.Array(
    Type.Object({
      /** Without a slash in front. */
      path: Type.String(),
      digest: Type.String(),
      /** An ELF program or library. */
      program: Type.Boolean(),
    }),
  ),
});
/**
 * The files of one package that must be what was signed: regular files but configuration, ghosts, and those whose
 * content the package itself says may change (`%verify(not filedigest)`).
 */
export type PackageFiles = Static<typeof PackageFilesSchema>;

/** Parses a cached list. Throws `AUDIT_FACTS_INVALID`. */
export const parsePackageFiles = parserOf(PackageFilesSchema, 'AUDIT_FACTS_INVALID');

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const CONFIG_OR_GHOST = (1 << 0) | (1 << 6);
const VERIFY_DIGEST = 1 << 0;

/** Reads the list out of a header. A list that contradicts itself is kept as a problem, not thrown. */
export function packageFilesOf(pkg: RpmPackage): PackageFiles {
  try {
    const all = packagedFiles(pkg.header);
    return {
      header: pkg.headerSha256,
      algorithm: all[0]?.digestAlgorithm ?? 'sha256',
      problem: '',
      files: all
        .filter(
          ({ mode, flags, verifyFlags, digest }) =>
            (mode & TYPE_MASK) === REGULAR &&
            (flags & CONFIG_OR_GHOST) === 0 &&
            (verifyFlags & VERIFY_DIGEST) !== 0 &&
            digest !== '',
        )
        .map(({ path, digest, color }) => ({ path: path.replace(/^\/+/u, ''), digest, program: color !== 0 })),
    };
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return { header: pkg.headerSha256, algorithm: '', problem: error.message, files: [] };
  }
}
