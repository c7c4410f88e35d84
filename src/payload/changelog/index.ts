export { bugsOf, formatBugs } from './bugs.ts';
export { type Changelog, changelogOf } from './changelog.ts';
export { clonesIn } from './clones.ts';
export type { CommitSource } from './commits.ts';
export { type ForgeOptions, firstOf, forgeAt } from './forge.ts';
export { formatChangelog } from './format.ts';
export { referenceUrl } from './references.ts';
