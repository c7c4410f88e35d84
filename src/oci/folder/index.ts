export { type LayoutImage, OciLayout, openLayout } from './layout.ts';
export { MirrorFolder } from './mirror-folder.ts';
