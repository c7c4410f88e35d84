export { type ArchivedImage, ImageArchive, openArchive } from './archive.ts';
