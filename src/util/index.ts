export { mapLimit } from './async.ts';
export { messageOf, type Place, SlipwayError, type SlipwayErrorOptions, systemCode } from './errors.ts';
export { storageError, syncFolder, writeFileAtomic } from './files.ts';
export { sha256Hex } from './hash.ts';
export { canonicalJson, type Json, prettyJson } from './json.ts';
export { commandLine, identifyProcess, isAlive, type ProcessIdentity } from './process.ts';
export { parserOf } from './schema.ts';
export { plural } from './text.ts';
export { fetchDocument } from './web.ts';
