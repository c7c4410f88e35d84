export { breather, LastAsked, mapLimit, remaking } from './async.ts';
export { crc24 } from './crc24.ts';
export {
  located,
  messageOf,
  type Place,
  reasonOf,
  SlipwayError,
  type SlipwayErrorOptions,
  systemCode,
} from './errors.ts';
export { ifThere, isFolder, makeFolders, storageError, sweepTemporary, syncFolder, writeFileAtomic } from './files.ts';
export { sha256Hex } from './hash.ts';
export { collectYoungOften, free, given } from './heap.ts';
export { canonicalJson, DEEPEST_JSON, type Json, parseJson, prettyJson, readJson } from './json.ts';
export { type KernelLock, tryKernelLock } from './lock.ts';
export { commandLine, identifyProcess, isAlive, type ProcessIdentity } from './process.ts';
export { type ReadLimit, readBounded, readFileBounded, readFileBoundedSync } from './read.ts';
export { type DeepReadonly, Nullable, parserOf } from './schema.ts';
export { writeStaged } from './staging.ts';
export { plural, printable } from './text.ts';
export { fetchDocument } from './web.ts';
export { escapeXml, xmlAttributes } from './xml.ts';
