export { CODECS, MAGIC_LENGTH } from './compression/codecs.ts';
export { type EntryType, type LayerEntry, normalisePath } from './entry.ts';
export { type ImageFile, readFiles } from './files.ts';
export { BLOCK, decodeExtended, decodeHeader, EXTENDED, isZero, type Overrides } from './header.ts';
export { type ReadLayerOptions, readLayer } from './reader.ts';
export { type NewEntry, type WrittenLayer, writeLayer, writeTar } from './writer.ts';
