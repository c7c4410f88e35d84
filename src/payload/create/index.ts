export { type ManifestFolders, readManifestFolders } from './inputs/folders.ts';
export { formatInput } from './inputs/input.ts';
export { formatPayloadLock, formatReleaseLock, type PayloadLock, parsePayloadLock } from './inputs/lock.ts';
export { mirrorTag, releaseTag } from './inputs/tags.ts';
export { newPayload, preparePayload, pushPayload } from './new-payload.ts';
export type { Approval, NewPayload, PayloadInput, PreparedPayload, PrepareOptions, PushOptions } from './options.ts';
export { writePayloadFolder, writePayloadLayer } from './outputs.ts';
export { type Difference, type Reproduction, reproducePayload } from './reproduce.ts';
