export { diffPayloads, type ImageChange, type ManifestChange, type PayloadDiff } from './diff.ts';
export { type DiffReport, diffReportValue, formatDiffHtml, formatDiffReport, packageSection } from './report.ts';
export { diffResources, type ResourceChange } from './resources.ts';
export { diffSizes, releaseImage } from './sizes.ts';
export { formatDiff, formatDiffJson } from './text.ts';
