export { describeEntry } from './layer-manifests.ts';
export { mountSource } from './mount.ts';
export { locateImage, type OpenOptions, openImage, unreadable } from './open-image.ts';
export { OperatorManifests } from './operator-manifests.ts';
