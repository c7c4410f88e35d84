/** Tags this room reads (rpm's `rpmtag.h`). 256 to 511 are copied from a package file's signature header when it is installed. */
export const TAG = {
  headerSignatures: 62,
  headerImmutable: 63,
  sigSize: 257,
  sigPgp: 259,
  sigMd5: 261,
  sigGpg: 262,
  dsaHeader: 267,
  rsaHeader: 268,
  sha1Header: 269,
  sha256Header: 273,
  openpgp: 278,
  sha3Header: 279,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  buildTime: 1006,
  buildHost: 1007,
  installTime: 1008,
  size: 1009,
  distribution: 1010,
  vendor: 1011,
  license: 1014,
  packager: 1015,
  url: 1020,
  arch: 1022,
  oldFileNames: 1027,
  fileSizes: 1028,
  fileModes: 1030,
  fileMtimes: 1034,
  fileDigests: 1035,
  fileLinkTos: 1036,
  fileFlags: 1037,
  fileUserName: 1039,
  fileGroupName: 1040,
  sourceRpm: 1044,
  dirIndexes: 1116,
  baseNames: 1117,
  dirNames: 1118,
  installTid: 1128,
  longFileSizes: 5008,
  longSize: 5009,
  fileDigestAlgo: 5011,
  payloadDigest: 5092,
  payloadDigestAlgo: 5093,
  modularityLabel: 5096,
} as const;

/** Regions of any kind. 61, of RPM 3, was never what a signature covers. */
export const REGION_TAGS: ReadonlySet<number> = new Set([61, TAG.headerSignatures, TAG.headerImmutable]);

/** The signature header of a package *file* numbers its oldest tags differently (rpm's `rpmSigTag_e`). */
export const FILE_SIGNATURE_TAG = { pgp: 1002, md5: 1004, gpg: 1005 } as const;

/**
 * What describes the build. rpm adds other tags at installation (times, file states, the signature header's) and never one
 * of these, except that it rewrites the three path tags of a package relocated with `--prefix`: nobody's images have
 * such packages, and paths that nobody signed are what an audit wants to hear of.
 */
export const BUILD_TAGS: ReadonlySet<number> = new Set([
  TAG.name,
  TAG.version,
  TAG.release,
  TAG.epoch,
  TAG.summary,
  TAG.buildTime,
  TAG.buildHost,
  TAG.size,
  TAG.distribution,
  TAG.vendor,
  TAG.license,
  TAG.packager,
  TAG.url,
  TAG.arch,
  TAG.oldFileNames,
  TAG.fileSizes,
  TAG.fileModes,
  TAG.fileMtimes,
  TAG.fileDigests,
  TAG.fileLinkTos,
  TAG.fileFlags,
  TAG.fileUserName,
  TAG.fileGroupName,
  TAG.sourceRpm,
  TAG.dirIndexes,
  TAG.baseNames,
  TAG.dirNames,
  TAG.longFileSizes,
  TAG.longSize,
  TAG.fileDigestAlgo,
  TAG.payloadDigest,
  TAG.payloadDigestAlgo,
  TAG.modularityLabel,
]);

/** Value types of an index entry (rpm's `rpmTagType`): bytes of one value, 0 where a NUL ends it. */
export const TYPE = {
  char: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  string: 6,
  binary: 7,
  stringArray: 8,
  translated: 9,
} as const;
export const TYPE_SIZE: readonly number[] = [0, 1, 1, 2, 4, 8, 0, 1, 0, 0];
