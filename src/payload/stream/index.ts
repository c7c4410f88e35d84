export { formatImageStream, imageStreamValue, tagValue } from './format.ts';
export { type Mapping, parseMappings, readMappingFile } from './mappings.ts';
export { emptyImageStream, parseImageStream } from './parse.ts';
export { formatPullSpec, type PullSpec, parsePullSpec, pullSpecOf, repositoryOf } from './pull-spec.ts';
export { newTag, resolveTags } from './reference-mode.ts';
export { type ImageStream, type ImageTag, imageTags, type TagReference } from './types.ts';
