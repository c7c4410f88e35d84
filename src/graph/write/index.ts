export { cincinnatiFiles, graphDataArchive } from './cincinnati.ts';
export { copyBaseLayers, folderReader, imageBase, published, writeSite } from './folder.ts';
export { signIndex, verifySite } from './index-file.ts';
export { liveIndex } from './live.ts';
export { compileSite } from './site.ts';
