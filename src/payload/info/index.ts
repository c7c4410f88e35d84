export { type ComponentOptions, type ComponentResult, loadComponents, tryComponents } from './components.ts';
export { digestOfTag, digestOrSpec, imageFor, payloadInfo, type ReleaseInfo } from './info.ts';
export { formatInfoJson, infoValue } from './json.ts';
export { type LoadOptions, loadPayload } from './load.ts';
export { type ImageSize, type ReleaseSize, releaseSize } from './sizes.ts';
export { commitUrl, compareUrl, sourceUrl, webUrl } from './source-location.ts';
export { type InfoTemplate, infoTemplate, TEMPLATE_FORMS } from './template.ts';
export { formatContents, formatInfo, formatInfoSizes, formatList, formatVerified, type InfoColumns } from './text.ts';
