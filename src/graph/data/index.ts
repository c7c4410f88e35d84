export { blame, headCommit } from './blame.ts';
export { jsonLines } from './json-lines.ts';
export { items, joinedLabels, LABEL, means, sortChannels } from './labels.ts';
export { durationMs, emptyOkd } from './okd.ts';
export { CHANNEL_NAME, type ParseOptions, parseGraphData } from './parse.ts';
export { parseReleases } from './releases.ts';
export { MatchingRules, Rfc3339 } from './rules.ts';
export { splitBuild } from './version-text.ts';
